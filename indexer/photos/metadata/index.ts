/**
 * What is written into photos: EXIF, IPTC and XMP to one form.
 * Source: our own. Deviation: none.
 */
export { photoMetadata, type PhotoMetadata } from './photo-metadata.ts';
