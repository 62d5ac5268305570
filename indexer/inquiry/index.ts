/**
 * Questions that look at the whole library, answered without holding up others.
 * Source: our own. Deviation: none.
 */
export { Inquirer, type InquirerOptions } from './inquirer.ts';
export type { Answers, Inquiries, InquiryKind, ListPage, ListRequest } from './inquiry.ts';
export type { TextPage, TextRequest } from './text-list.ts';
export { FacetCounter } from './facet-counter.ts';
export {
  FACET_VALUES_MAX,
  facetNames,
  type Facet,
  type FacetName,
  type Facets,
  type FacetsRequest,
  type FacetValue,
} from './facets.ts';
