/**
 * The operations of a pickle by their code.
 * Source: Python's pickletools.py, protocols 2 to 5. Deviation: the text forms of protocol 0 are missing, and so
 * are extension codes and buffers outside of the pickle; torch writes none of them.
 */
import type { PickleMachine } from './pickle-machine.ts';
import { malformed, PickleProblem, PickleTuple, type PickleValue } from './pickle-value.ts';

type Operation = (machine: PickleMachine) => void;

const PROTOCOL_MAX = 5;

const simple: readonly (readonly [string, Operation])[] = [
  ['(', (m) => m.mark()],
  ['0', (m) => m.drop()],
  ['1', (m) => void m.popToMark()],
  ['2', (m) => m.push(m.top())],
  ['N', (m) => m.push(null)],
  ['\x88', (m) => m.push(true)],
  ['\x89', (m) => m.push(false)],
  ['\x80', readProtocol],
  ['\x95', readFrame],
];

const numbers: readonly (readonly [string, Operation])[] = [
  ['J', (m) => m.push(m.cursor.int32())],
  ['K', (m) => m.push(m.cursor.uint8())],
  ['M', (m) => m.push(m.cursor.uint16())],
  ['G', (m) => m.push(m.cursor.float64())],
  ['\x8a', (m) => m.push(m.cursor.integer(m.cursor.uint8()))],
  ['\x8b', (m) => m.push(m.cursor.integer(m.cursor.uint32()))],
];

const strings: readonly (readonly [string, Operation])[] = [
  ['X', (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  ['\x8c', (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  ['\x8d', (m) => m.push(m.cursor.text(m.cursor.uint64()))],
  // Strings of Python 2; those that torch wrote were ASCII.
  ['T', (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  ['U', (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  ['B', (m) => m.push(m.cursor.bytes(m.cursor.uint32()))],
  ['C', (m) => m.push(m.cursor.bytes(m.cursor.uint8()))],
  ['\x8e', (m) => m.push(m.cursor.bytes(m.cursor.uint64()))],
  ['\x96', (m) => m.push(m.cursor.bytes(m.cursor.uint64()))],
];

const containers: readonly (readonly [string, Operation])[] = [
  [']', (m) => m.push([])],
  ['}', (m) => m.push(new Map<PickleValue, PickleValue>())],
  ['\x8f', (m) => m.push(new Set<PickleValue>())],
  [')', (m) => m.push(new PickleTuple([]))],
  ['l', (m) => m.push(m.popToMark())],
  ['t', (m) => m.push(new PickleTuple(m.popToMark()))],
  ['\x85', (m) => pushTuple(m, 1)],
  ['\x86', (m) => pushTuple(m, 2)],
  ['\x87', (m) => pushTuple(m, 3)],
  ['\x91', (m) => m.push(new Set(m.popToMark()))],
  ['a', (m) => append(m, [m.pop()])],
  ['e', (m) => append(m, m.popToMark())],
  ['\x90', addToSet],
  ['s', setItem],
  ['u', (m) => setItems(m, m.popToMark())],
  ['d', makeDictionary],
];

const memo: readonly (readonly [string, Operation])[] = [
  ['q', (m) => m.remember(m.cursor.uint8())],
  ['r', (m) => m.remember(m.cursor.uint32())],
  ['\x94', (m) => m.remember()],
  ['h', (m) => m.recall(m.cursor.uint8())],
  ['j', (m) => m.recall(m.cursor.uint32())],
];

const objects: readonly (readonly [string, Operation])[] = [
  ['c', (m) => m.push(m.global(m.cursor.line(), m.cursor.line()))],
  ['\x93', readStackGlobal],
  ['R', callWithTuple],
  ['\x81', callWithTuple],
  ['\x92', callWithNames],
  ['i', callInline],
  ['o', callFromMark],
  ['b', build],
  ['Q', (m) => m.push(m.persistent(m.pop()))],
];

export const pickleOperations: ReadonlyMap<number, Operation> = new Map(
  [...simple, ...numbers, ...strings, ...containers, ...memo, ...objects].map(([code, operation]) => [
    code.charCodeAt(0),
    operation,
  ]),
);

function readProtocol(machine: PickleMachine): void {
  const protocol = machine.cursor.uint8();
  if (protocol > PROTOCOL_MAX) {
    throw new PickleProblem(
      'CHECKPOINT_UNSUPPORTED',
      `pickle protocol ${protocol}, the last known is ${PROTOCOL_MAX}`,
    );
  }
}

/** Only a promise of how much follows. */
function readFrame(machine: PickleMachine): void {
  const length = machine.cursor.uint64();
  if (length > machine.cursor.remaining) {
    throw malformed(`a frame of ${length} bytes, ${machine.cursor.remaining} are left`);
  }
}

function pushTuple(machine: PickleMachine, length: number): void {
  const items = Array.from({ length }, () => machine.pop());
  machine.push(new PickleTuple(items.toReversed()));
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw malformed('items are appended to something that is no list');
  for (const item of items) list.push(item);
}

function addToSet(machine: PickleMachine): void {
  const items = machine.popToMark();
  const set = machine.top();
  if (!(set instanceof Set)) throw malformed('items are added to something that is no set');
  for (const item of items) set.add(item);
}

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  setItems(machine, [machine.pop(), value]);
}

function makeDictionary(machine: PickleMachine): void {
  const items = machine.popToMark();
  machine.push(new Map<PickleValue, PickleValue>());
  setItems(machine, items);
}

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const dictionary = machine.top();
  if (!(dictionary instanceof Map)) throw malformed('entries are set in something that is no dictionary');
  for (let i = 0; i < items.length; i += 2) {
    const [key, value] = items.slice(i, i + 2);
    if (key === undefined || value === undefined) throw malformed('a key without a value');
    // Python would keep the last one; no dictionary that was saved has two.
    if (dictionary.has(key))
      throw malformed(
        `the key ${typeof key === 'string' ? JSON.stringify(key.slice(0, 120)) : typeof key} is repeated`,
      );
    dictionary.set(key, value);
  }
}

function readStackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof name !== 'string' || typeof module !== 'string') throw malformed('a name that is no text');
  machine.push(machine.global(module, name));
}

function callWithTuple(machine: PickleMachine): void {
  const args = machine.pop();
  if (!(args instanceof PickleTuple)) throw malformed('arguments that are no tuple');
  machine.push(machine.call(machine.pop(), args.items));
}

function callWithNames(machine: PickleMachine): void {
  const names = machine.pop();
  const isEmpty = names instanceof Map && names.size === 0;
  if (!isEmpty) throw new PickleProblem('CHECKPOINT_UNSUPPORTED', 'arguments with names');
  callWithTuple(machine);
}

function callInline(machine: PickleMachine): void {
  const target = machine.global(machine.cursor.line(), machine.cursor.line());
  machine.push(machine.call(target, machine.popToMark()));
}

function callFromMark(machine: PickleMachine): void {
  const [target, ...args] = machine.popToMark();
  if (target === undefined) throw malformed('something is called that is not there');
  machine.push(machine.call(target, args));
}

function build(machine: PickleMachine): void {
  machine.pop();
  machine.setState(machine.top());
}
