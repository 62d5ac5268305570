/**
 * The stack machine behind a pickle, without the part of it that runs code.
 * Source: Python's pickle.py and pickletools.py. Deviation: only classes and functions of a given list exist,
 * and they are stand-ins; anything else is refused when it is named, before anything could use it.
 */
import { AppError } from '../errors.ts';
import { quote } from './checkpoint-error.ts';
import { PickleCursor } from './pickle-cursor.ts';
import { pickleOperations } from './pickle-operations.ts';
import {
  malformed,
  PickleGlobal,
  PickleObject,
  PickleProblem,
  PickleTuple,
  tooLarge,
  type PickleValue,
} from './pickle-value.ts';
import { Tensor } from './torch-value.ts';

/** The largest network with its optimizer needs about 300,000; every operation may make a value. */
const OPERATIONS_MAX = 4_000_000;

/** Python writes containers in pieces of 1000; only a tuple is on the stack as a whole. */
const STACK_MAX = 100_000;

/** About three for every tensor. */
const MEMO_MAX = 1_000_000;

/** A state dictionary has three levels. Nothing here walks down them, so this only spares those who would. */
const TUPLE_DEPTH_MAX = 100;

const STOP = 0x2e;

/** What a pickle may use. */
export interface PickleHost {
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** What stands outside of the pickle, here a storage. */
  persistent(id: PickleValue): PickleValue;
}

export class PickleMachine {
  readonly cursor: PickleCursor;
  readonly #host: PickleHost;
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at which something was begun. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, host: PickleHost) {
    this.cursor = new PickleCursor(bytes);
    this.#host = host;
  }

  /** @throws PickleProblem */
  run(): PickleValue {
    for (let count = 0; count < OPERATIONS_MAX; count += 1) {
      const code = this.cursor.uint8();
      if (code === STOP) return this.#finish();
      const operation = pickleOperations.get(code);
      if (operation === undefined) {
        throw new PickleProblem(
          'CHECKPOINT_UNSUPPORTED',
          `the operation ${quote(String.fromCharCode(code))} (${code}), which torch does not write`,
        );
      }
      operation(this);
    }
    throw tooLarge(`more than ${OPERATIONS_MAX} operations`);
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= STACK_MAX) throw tooLarge(`more than ${STACK_MAX} values on the stack`);
    if (value instanceof PickleTuple && value.depth > TUPLE_DEPTH_MAX) {
      throw tooLarge(`more than ${TUPLE_DEPTH_MAX} tuples within each other`);
    }
    this.#stack.push(value);
  }

  pop(): PickleValue {
    // What lies under the last mark belongs to somebody else.
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.pop() : undefined;
    if (value === undefined) throw malformed('a value is taken from an empty stack');
    return value;
  }

  /** The top of the stack, which stays. */
  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    if (this.#marks.length >= STACK_MAX) throw tooLarge(`more than ${STACK_MAX} marks on the stack`);
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark, which goes too. */
  popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw malformed('a mark is expected and there is none');
    return this.#stack.splice(height);
  }

  /** Python's POP takes a mark, too, where that is on top. */
  drop(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  remember(index = this.#memo.size): void {
    if (this.#memo.size >= MEMO_MAX) throw tooLarge(`more than ${MEMO_MAX} remembered values`);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw malformed(`the value ${index} is recalled and was never remembered`);
    this.push(value);
  }

  /** @throws PickleProblem of code CHECKPOINT_UNSAFE where the name is not on the list */
  global(module: string, name: string): PickleGlobal {
    const found = this.#host.globals.get(`${module}.${name}`);
    if (found === undefined) {
      throw new PickleProblem('CHECKPOINT_UNSAFE', `the name ${quote(`${module}.${name}`)}`);
    }
    return found;
  }

  call(target: PickleValue, args: readonly PickleValue[]): PickleValue {
    if (!(target instanceof PickleGlobal))
      throw malformed('something is called that is no class and no function');
    return target.call(args);
  }

  persistent(id: PickleValue): PickleValue {
    return this.#host.persistent(id);
  }

  /** Python would set attributes; nobody here reads any. */
  setState(target: PickleValue): void {
    const canHaveState = target instanceof Map || target instanceof PickleObject || target instanceof Tensor;
    if (!canHaveState) throw malformed('attributes are set on something that has none');
  }

  #finish(): PickleValue {
    const result = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0)
      throw malformed('values are left on the stack at the end');
    if (this.cursor.remaining > 0) throw malformed(`${this.cursor.remaining} bytes follow the end`);
    return result;
  }
}

/**
 * The one value in a pickle.
 * @param place named in errors
 * @throws AppError CHECKPOINT_CORRUPT, CHECKPOINT_UNSAFE, CHECKPOINT_UNSUPPORTED, LIMIT_EXCEEDED
 */
export function readPickle(place: string, bytes: Uint8Array, host: PickleHost): PickleValue {
  const machine = new PickleMachine(bytes, host);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof PickleProblem)) throw error;
    const where = `${place}: at byte ${machine.cursor.position}`;
    throw new AppError(error.code, `${where}: ${error.message}${remedies[error.code]}`, { cause: error });
  }
}

const remedies: Readonly<Record<PickleProblem['code'], string>> = {
  CHECKPOINT_CORRUPT: '; the file is damaged or incomplete, fetch or save it again',
  CHECKPOINT_UNSAFE:
    ' is not among the classes and functions of a checkpoint, and loading the file with Python could run code. Nothing was executed; do not trust this file, or get it as .safetensors',
  CHECKPOINT_UNSUPPORTED: '; nothing was executed. Save the state dictionary alone, or as .safetensors',
  LIMIT_EXCEEDED: '; save the state dictionary alone, or as .safetensors',
};
