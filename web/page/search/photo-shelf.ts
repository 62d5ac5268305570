/**
 * Photos from outside of the library that were searched with, kept in this browser so that back and reload find them.
 * Source: IndexedDB. Deviation: none.
 */

const DATABASE = 'imglish';
const STORE = 'photos';
const PHOTOS_MAX = 24;

interface Kept {
  readonly key: string;
  readonly file: Blob;
  readonly name: string;
  readonly at: number;
}

const inMemory = new Map<string, File>();

/** @returns the key it has in an address: the same photo has the same */
export async function keepPhoto(file: File): Promise<string> {
  const key = await keyOf(file);
  inMemory.set(key, file);
  try {
    await store('readwrite', (photos) => {
      const kept: Kept = { key, file, name: file.name, at: Date.now() };
      return photos.put(kept);
    });
    await forgetOld();
  } catch {
    // A browser that keeps nothing still has it in memory.
  }
  return key;
}

/** @returns undefined where this browser does not have it, or no more */
export async function photoOf(key: string): Promise<File | undefined> {
  const known = inMemory.get(key);
  if (known !== undefined) return known;
  try {
    const kept = (await store('readonly', (photos) => photos.get(key))) as Kept | undefined;
    if (kept === undefined) return undefined;
    const file = new File([kept.file], kept.name, { type: kept.file.type });
    inMemory.set(key, file);
    return file;
  } catch {
    return undefined;
  }
}

async function forgetOld(): Promise<void> {
  const all = (await store('readonly', (photos) => photos.getAll())) as readonly Kept[];
  const old = all.toSorted((one, other) => other.at - one.at).slice(PHOTOS_MAX);
  for (const { key } of old) await store('readwrite', (photos) => photos.delete(key));
}

function store<T>(mode: IDBTransactionMode, work: (photos: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.addEventListener('upgradeneeded', () => {
      opening.result.createObjectStore(STORE, { keyPath: 'key' });
    });
    opening.addEventListener('error', () => reject(new Error('no storage')));
    opening.addEventListener('success', () => {
      const request = work(opening.result.transaction(STORE, mode).objectStore(STORE));
      request.addEventListener('success', () => {
        opening.result.close();
        resolve(request.result);
      });
      request.addEventListener('error', () => reject(new Error('no storage')));
    });
  });
}

/** FNV-1a over all bytes, twice: names one of two dozen photos of one browser, and works without a secure context. */
async function keyOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let one = 0x811c9dc5;
  let two = 0x1234567;
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x01000193) + 1;
  }
  return (one >>> 0).toString(36) + (two >>> 0).toString(36);
}
