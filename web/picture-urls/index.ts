/**
 * Pictures by their address, where the server may fetch them.
 * Source: our own. Deviation: none.
 */
export { fetchPicture, type FetchPictureOptions } from './fetch-picture.ts';
export { isPublicAddress } from './public-address.ts';
export { replaceUrls, type FetchUrl } from './replace-urls.ts';
