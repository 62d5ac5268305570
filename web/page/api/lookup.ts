/**
 * A photo to the texts that belong to it.
 * Source: web/schema/lookup. Deviation: none.
 */
import type { LookupDocument } from '../../schema/index.ts';
import { pictureForm, postJson, type CallOptions } from './request.ts';

/** A photo of the library, or a picture that was brought. */
export type LookedUp = { readonly id: number } | { readonly file: File };

export function lookUp(
  picture: LookedUp,
  wish: Readonly<Record<string, unknown>>,
  options: CallOptions,
): Promise<LookupDocument> {
  const body = 'id' in picture ? { image: { id: picture.id }, ...wish } : pictureForm(picture.file, wish);
  return postJson<LookupDocument>('/v1/lookup', body, options);
}
