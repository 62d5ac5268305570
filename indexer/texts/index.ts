/**
 * Texts from files into the library, and their vectors.
 * Source: our own. Deviation: none.
 */
export { addTexts, removeText, type GivenText, type GivenTextsReport } from './add-texts.ts';
export { embedMissingTexts } from './embed-texts.ts';
export { importTexts, removeTexts } from './import-texts.ts';
export type { EmbedTextsReport, ImportTextsOptions, TextImportReport } from './text-report.ts';
export { checkTemplates, labelVectors, promptTemplates, softmax } from './label-vectors.ts';
export {
  builtinLists,
  digestOf,
  LABELS_MAX,
  labelsOf,
  openLabelList,
  type Label,
  type LabelList,
} from './labels.ts';
export {
  TAGS_PER_PHOTO_DEFAULT,
  TAGS_PER_PHOTO_MAX,
  tagPhotos,
  type PairToVerify,
  type PairVerifier,
  type TagPhotosOptions,
  type TagReport,
} from './tag-photos.ts';
