/**
 * What one can filter by. The list is repeated here, because that of the schema would bring the whole schema library into
 * the page; its type is the schema's, so the two cannot differ.
 * Source: web/schema/facets. Deviation: none.
 */
import type { FacetName } from '../../schema/index.ts';

export type { FacetName, FacetValueDocument } from '../../schema/index.ts';

/** How each is called above its values. */
const titles: Readonly<Record<FacetName, string>> = {
  year: 'Year',
  month: 'Month',
  place: 'Place',
  folder: 'Folder',
  camera: 'Camera',
  lens: 'Lens',
  orientation: 'Shape',
  format: 'Format',
  keyword: 'Keyword',
};

export const facetNames = Object.keys(titles) as readonly FacetName[];

export function titleOfFacet(name: FacetName): string {
  return titles[name];
}
