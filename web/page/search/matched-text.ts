/**
 * Which words of the query stand in what is written about a photo.
 * Source: our own. Deviation: none.
 */
import type { HitDocument } from '../../schema/index.ts';

type Field = HitDocument['matched']['words'][number]['field'];

const fieldNames: Readonly<Record<Field, string>> = {
  name: 'name',
  caption: 'caption',
  keywords: 'keywords',
  camera: 'camera',
  place: 'place',
};

/** `caption: balloon, sea`; '' where only the picture itself matched. */
export function matchedText({ matched }: Pick<HitDocument, 'matched'>): string {
  return matched.words.map(({ field, terms }) => `${fieldNames[field]}: ${terms.join(', ')}`).join(' · ');
}
