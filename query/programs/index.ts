/**
 * The network for programs: vectors of texts and pictures, and documents in the order in which they fit.
 * Source: our own. Deviation: none.
 */
export {
  embedInputs,
  type EmbeddedInputs,
  type EmbedInputsOptions,
  type ModelInput,
} from './embed-inputs.ts';
export {
  rankBases,
  rankDocuments,
  type RankBasis,
  type RankDocumentsOptions,
  type RankedDocument,
} from './rank-documents.ts';
