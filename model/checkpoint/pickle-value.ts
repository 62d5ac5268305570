/**
 * What a pickle can contain here. Nothing in it is ever executed: a class is a name with a function of ours
 * behind it, and an object of a class that nobody needs is a name alone.
 * Source: Python's pickletools.py, protocols 2 to 5. Deviation: lists and sets are arrays and Sets of values;
 * Python's rule that 1, 1.0 and True are one key is not kept.
 */
import type { Storage, Tensor } from './torch-value.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleTuple
  | PickleGlobal
  | PickleObject
  | Storage
  | Tensor;

export class PickleTuple {
  readonly items: readonly PickleValue[];
  /** Tuples within tuples; 1 for a tuple of anything else. */
  readonly depth: number;

  constructor(items: readonly PickleValue[]) {
    this.items = items;
    this.depth =
      1 +
      items.reduce((max: number, item) => (item instanceof PickleTuple ? Math.max(max, item.depth) : max), 0);
  }
}

/** A class or function on the allow list. */
export class PickleGlobal {
  /** As in Python, with the module: `collections.OrderedDict`. */
  readonly name: string;
  /** What stands for a call of it; throws PickleProblem where the arguments are not what torch writes. */
  readonly call: (args: readonly PickleValue[]) => PickleValue;

  constructor(name: string, call: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** An object of a harmless class, of which only the class is kept. */
export class PickleObject {
  readonly className: string;

  constructor(className: string) {
    this.className = className;
  }
}

type ProblemCode = 'CHECKPOINT_CORRUPT' | 'CHECKPOINT_UNSAFE' | 'CHECKPOINT_UNSUPPORTED' | 'LIMIT_EXCEEDED';

/** Becomes an AppError once the file and the byte are known. */
export class PickleProblem extends Error {
  override readonly name = 'PickleProblem';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, problem: string) {
    super(problem);
    this.code = code;
  }
}

/** Bytes that contradict themselves or what torch writes. */
export function malformed(problem: string): PickleProblem {
  return new PickleProblem('CHECKPOINT_CORRUPT', problem);
}

export function tooLarge(problem: string): PickleProblem {
  return new PickleProblem('LIMIT_EXCEEDED', problem);
}
