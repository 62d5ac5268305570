/**
 * Filters of photos: their form, their check, their meaning in SQL.
 * Source: our own. Deviation: none.
 */
export {
  checkPhotoFilter,
  filterFields,
  FILTERS_JOINED_MAX,
  photoFilterFields,
  photoFilterSchema,
} from './check-filter.ts';
export { compileFilter } from './compile-filter.ts';
export { FilterNames, folderSql } from './filter-names.ts';
export { folded } from './folding.ts';
export { globProblem } from './path-glob.ts';
export {
  havables,
  orientations,
  type FilterField,
  type FilterValues,
  type Havable,
  type NumberRange,
  type Orientation,
  type PhotoFilter,
  type TakenRange,
} from './photo-filter.ts';
export { PhotoFilters } from './photo-filters.ts';
export { ageProblem, atMoment, periodProblem } from './taken-range.ts';
