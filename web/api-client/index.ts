/**
 * `imglish/client`: a server of Imglish for programs.
 * Source: our own. Deviation: none.
 */
export { Imglish, type SimilarOptions } from './client.ts';
export type { CallOptions, ImglishOptions } from './connection.ts';
export { ImglishError, type ImglishErrorCode } from './imglish-error.ts';
export type { FollowOptions, JobsClient } from './jobs-client.ts';
export type { PictureInput } from './picture.ts';
export type {
  ClassifyOptions,
  EmbedOptions,
  LookupInput,
  RerankDocument,
  RerankOptions,
  SearchInput,
  SearchPart,
  TextOrPicture,
} from './requests.ts';
export type * from './answers.ts';
