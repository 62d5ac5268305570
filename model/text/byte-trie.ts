/**
 * A prefix tree over bytes, for finding every vocabulary piece that starts at a place in a text.
 * Source: our own. Deviation: SentencePiece builds a double array; lists of siblings are built in one pass and
 * stay small on a hostile vocabulary, and rows of 256 for the busiest nodes make up for the walk along the list.
 */

/** The node where every walk starts; as a child it means "there is none". */
export const TRIE_ROOT = 0;

/** A node with more children than this gets a row of 256 entries. */
const CHILDREN_BEFORE_ROW = 6;

/** 1 KiB each: a hostile vocabulary must not turn every node into a row. The official one has about 1,100. */
const ROWS_MAX = 8192;

const ROW_LENGTH = 256;
const NODES_AT_FIRST = 1024;
const ROWS_AT_FIRST = 16;

export class ByteTrie {
  #nodeCount = 1;
  #label = new Uint8Array(NODES_AT_FIRST);
  #firstChild = new Int32Array(NODES_AT_FIRST);
  #nextSibling = new Int32Array(NODES_AT_FIRST);
  /** Value of the key that ends at a node, plus 1; 0 where none does. */
  #valuePlus = new Int32Array(NODES_AT_FIRST);
  /** Number of a node's row, plus 1; 0 where it has none. */
  #rowPlus = new Int32Array(NODES_AT_FIRST);
  #rowCount = 0;
  #rows = new Int32Array(ROWS_AT_FIRST * ROW_LENGTH);

  /**
   * @param bytes holds the key from `start` to `end`
   * @param value at least 0
   * @returns false where the key is already there; it then keeps its first value
   */
  add(bytes: Uint8Array, start: number, end: number, value: number): boolean {
    let node = TRIE_ROOT;
    for (let index = start; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      const child = this.step(node, byte);
      node = child === TRIE_ROOT ? this.#addChild(node, byte) : child;
    }
    if (this.#valuePlus[node] !== 0) return false;
    this.#valuePlus[node] = value + 1;
    return true;
  }

  /** @returns the child of `node` along `byte`, TRIE_ROOT where there is none */
  step(node: number, byte: number): number {
    const rowPlus = this.#rowPlus[node] ?? 0;
    if (rowPlus !== 0) return this.#rows[(rowPlus - 1) * ROW_LENGTH + byte] ?? TRIE_ROOT;
    let child = this.#firstChild[node] ?? TRIE_ROOT;
    while (child !== TRIE_ROOT && this.#label[child] !== byte) child = this.#nextSibling[child] ?? TRIE_ROOT;
    return child;
  }

  /** @returns the value of the key that ends at `node`, -1 where none does */
  valueAt(node: number): number {
    return (this.#valuePlus[node] ?? 0) - 1;
  }

  /** @returns bytes of the longest key that `bytes` has at `at`, 0 where there is none */
  longestMatch(bytes: Uint8Array, at: number): number {
    let node = TRIE_ROOT;
    let longest = 0;
    for (let index = at; index < bytes.length; index += 1) {
      node = this.step(node, bytes[index] ?? 0);
      if (node === TRIE_ROOT) break;
      if (this.valueAt(node) !== -1) longest = index + 1 - at;
    }
    return longest;
  }

  #addChild(node: number, byte: number): number {
    if (this.#nodeCount === this.#label.length) this.#growNodes();
    const added = this.#nodeCount;
    this.#nodeCount += 1;
    this.#label[added] = byte;
    this.#nextSibling[added] = this.#firstChild[node] ?? 0;
    this.#firstChild[node] = added;
    const rowPlus = this.#rowPlus[node] ?? 0;
    if (rowPlus !== 0) this.#rows[(rowPlus - 1) * ROW_LENGTH + byte] = added;
    else if (this.#rowCount < ROWS_MAX && this.#hasManyChildren(node)) this.#addRow(node);
    return added;
  }

  #hasManyChildren(node: number): boolean {
    let count = 0;
    for (let child = this.#firstChild[node] ?? 0; child !== 0; child = this.#nextSibling[child] ?? 0)
      count += 1;
    return count > CHILDREN_BEFORE_ROW;
  }

  #addRow(node: number): void {
    const start = this.#rowCount * ROW_LENGTH;
    if (start === this.#rows.length) this.#rows = doubled(this.#rows);
    this.#rowCount += 1;
    this.#rowPlus[node] = this.#rowCount;
    for (let child = this.#firstChild[node] ?? 0; child !== 0; child = this.#nextSibling[child] ?? 0) {
      this.#rows[start + (this.#label[child] ?? 0)] = child;
    }
  }

  #growNodes(): void {
    const label = new Uint8Array(this.#label.length * 2);
    label.set(this.#label);
    this.#label = label;
    this.#firstChild = doubled(this.#firstChild);
    this.#nextSibling = doubled(this.#nextSibling);
    this.#valuePlus = doubled(this.#valuePlus);
    this.#rowPlus = doubled(this.#rowPlus);
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
