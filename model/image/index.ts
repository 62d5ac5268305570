/**
 * Pictures to network input.
 * Source: our own. Deviation: none.
 */
export { decodePixels, type DecodeOptions } from './decode.ts';
export { PICTURE_FORMATS, pictureKind, type PictureFormat, type PictureKind } from './picture-format.ts';
export { type Pixels } from './pixels.ts';
export { type PreprocessSpec } from './preprocess-spec.ts';
export {
  preprocess,
  preprocessPixels,
  preprocessVersion,
  productPreprocess,
  referencePreprocess,
  resizeForModel,
  type PreprocessOptions,
} from './preprocess.ts';
export { readPicture, type PictureBytes } from './read-picture.ts';
export { resizeBicubic } from './resize-bicubic.ts';
export { toTensor } from './tensor.ts';
