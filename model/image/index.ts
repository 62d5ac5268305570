/**
 * Pictures to network input.
 * Source: our own. Deviation: none.
 */
export { decodable, type DecodablePicture } from './decodable.ts';
export { decodePixels, type DecodeOptions, type PictureSource } from './decode.ts';
export {
  PICTURE_FORMATS,
  pictureKind,
  type PictureFormat,
  type PictureKind,
  type RawFormat,
} from './picture-format.ts';
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
export { pictureHeader, type PictureHeader } from './picture-header.ts';
export { readHead, readPicture, type PictureBytes } from './read-picture.ts';
export { resizeBicubic } from './resize-bicubic.ts';
export { tiffDirectories } from './tiff-directories.ts';
export { checkModelSize, toTensor, toTensors, type NetworkImage } from './tensor.ts';
