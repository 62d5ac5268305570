/**
 * Pictures as they are sent: as a file of a form, or as a data URI inside JSON.
 * Source: RFC 7578 (forms), RFC 2397 (data URIs). Deviation: none.
 */

/** A photo of the library by its id, or a picture: the bytes of a file, in any format that Imglish reads. */
export type PictureInput = { readonly id: number } | Blob | Uint8Array | ArrayBuffer;

export type SentPicture = { readonly id: number } | { readonly dataUri: string };

/** `String.fromCharCode` takes so many arguments on every platform. */
const CHUNK_BYTES = 0x8000;

export function isBytes(picture: PictureInput): picture is Blob | Uint8Array | ArrayBuffer {
  return picture instanceof Blob || picture instanceof Uint8Array || picture instanceof ArrayBuffer;
}

/** For JSON. */
export async function sentPicture(picture: PictureInput): Promise<SentPicture> {
  if (!isBytes(picture)) return { id: picture.id };
  const blob = blobOf(picture);
  // What it is, the server sees by its bytes.
  const type = /^image\/[\w.+-]+$/.test(blob.type) ? blob.type : 'image/unknown';
  return { dataUri: `data:${type};base64,${base64(new Uint8Array(await blob.arrayBuffer()))}` };
}

/** For larger ones: a file beside the JSON of the request. */
export function formOf(picture: Blob | Uint8Array | ArrayBuffer, request: unknown): FormData {
  const form = new FormData();
  form.set('request', JSON.stringify(request));
  form.set('image', blobOf(picture), 'image');
  return form;
}

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return btoa(text);
}

/** float32, little-endian, in base64. */
export function vectorOf(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true));
}

function blobOf(picture: Blob | Uint8Array | ArrayBuffer): Blob {
  return picture instanceof Blob ? picture : new Blob([picture]);
}
