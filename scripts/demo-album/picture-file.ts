/**
 * From SVG to a JPEG on the disk. The only file of the album that knows the rasteriser.
 * Source: the documentation of sharp (librsvg draws, libjpeg-turbo writes). Deviation: none.
 */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { AppError, messageOf } from '../../model/index.ts';
import type { PhotoOrigin, PhotoPlace } from './photo-origin.ts';

/** High enough that flat paint shows no blocks; about 50 KB for a picture of 640 pixels. */
const JPEG_QUALITY = 88;

/** Dots per inch at which one unit of SVG is one pixel. */
const DENSITY_PLAIN = 72;

export interface PictureSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** What a camera would have noted. */
export interface PhotoNotes extends PhotoOrigin {
  /** `YYYY-MM-DDTHH:MM:SS` */
  readonly taken: string;
}

/**
 * JPEG bytes: sRGB, colour at full resolution (thin coloured lines keep their colour), with the date, the camera and the place
 * as cameras (EXIF) and programs (XMP) write them.
 * @param svg of `scale` times smaller size, in units of pixels
 */
export async function toJpeg(
  svg: string,
  size: PictureSize,
  scale: number,
  { taken, camera, place }: PhotoNotes,
): Promise<Uint8Array> {
  const painted = sharp(Buffer.from(svg), { density: DENSITY_PLAIN * scale })
    .resize({ ...size, fit: 'fill' })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' })
    .withExif({
      IFD0: {
        Make: camera.make,
        Model: camera.model,
        Software: 'Imglish demo album',
        Copyright: 'Icons: Noto Emoji by Google, Apache-2.0',
      },
      IFD2: { DateTimeOriginal: taken.replaceAll('-', ':').replace('T', ' ') },
      ...(place !== null && { IFD3: positionOf(place) }),
    });
  return (place === null ? painted : painted.withXmp(xmpOf(place))).toBuffer();
}

/** EXIF's form of a position: degrees, minutes and seconds as fractions, and the side of the equator or of Greenwich. */
function positionOf({ latitude, longitude }: PhotoPlace): Record<string, string> {
  return {
    GPSLatitudeRef: latitude < 0 ? 'S' : 'N',
    GPSLatitude: sexagesimal(Math.abs(latitude)),
    GPSLongitudeRef: longitude < 0 ? 'W' : 'E',
    GPSLongitude: sexagesimal(Math.abs(longitude)),
  };
}

function sexagesimal(degrees: number): string {
  const hundredths = Math.round(degrees * 360_000);
  const whole = Math.floor(hundredths / 360_000);
  const minutes = Math.floor((hundredths % 360_000) / 6000);
  return `${whole}/1 ${minutes}/1 ${hundredths % 6000}/100`;
}

/** Names of towns and countries hold nothing that XML would take for its own. */
function xmpOf({ city, country }: PhotoPlace): string {
  return (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" ' +
    `photoshop:City="${city}" photoshop:Country="${country}"/></rdf:RDF></x:xmpmeta>`
  );
}

/** True if the bytes are a whole JPEG of this size. */
export async function isPicture(bytes: Uint8Array, size: PictureSize): Promise<boolean> {
  try {
    const { info } = await sharp(bytes, { failOn: 'truncated' }).raw().toBuffer({ resolveWithObject: true });
    return info.width === size.width && info.height === size.height;
  } catch {
    return false;
  }
}

/**
 * Replaces a file in one step: a reader sees the old content or the new one, never half of it.
 * @throws AppError DISK_FULL, FILE_UNWRITABLE
 */
export async function replaceFile(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const partial = path.join(folder, `.${name}.${randomBytes(4).toString('hex')}.part`);
  try {
    await writeFile(partial, content, { flag: 'wx' });
    await rename(partial, path.join(folder, name));
  } catch (cause) {
    await rm(partial, { force: true });
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    throw new AppError(
      isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
      `${path.join(folder, name)}: cannot be written (${messageOf(cause)}); ${
        isFull ? 'free some space' : 'check that the folder exists and may be written to'
      }`,
      { cause },
    );
  }
}
