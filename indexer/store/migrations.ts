/**
 * The schema of the library, as the steps by which it grew. A released step is never changed; a new one is
 * appended, and `PRAGMA user_version` counts how many a database has had.
 * Source: our own. Deviation: none.
 *
 * What a photo is falls into two tables. A *content* is the bytes: its hash, its size in pixels, what EXIF
 * says, its vectors. An *image* is a place where these bytes lie. A renamed, moved or copied file is another
 * place of the same content and costs no work of the network; whatever is learnt from bytes (camera, GPS,
 * a perceptual hash) belongs to the content, whatever a person says of a file belongs to the image.
 *
 * Vectors belong to a generation, which is one model with one preprocessing. Each content has at most one
 * vector in each generation. `changes` holds the last thing that happened to each: triggers keep it, so no
 * code path can forget it. Sequence numbers only grow (AUTOINCREMENT) and content ids are never used twice, so
 * whoever has seen everything up to a number catches up by reading what is above it, in order.
 *
 * Vectors are float32. Half the bytes would do for ranking (measured, `npm run bench -- storage`: recall the same,
 * 99.98 % of the best ten the same), but then the index, exports and cosines would no longer be what the network
 * said, and Node 20 has no float16 array: every read would convert in script. A photo costs 768 to 4096 bytes here,
 * beside some 450 of its rows, as much again in the index, and some 10,000 of its thumbnail.
 */

import { changesByGeneration } from './migrations/changes-by-generation.ts';
import { engineTags } from './migrations/engine-tags.ts';
import { generationHistory } from './migrations/generation-history.ts';
import { initial } from './migrations/initial.ts';
import { nearDuplicates } from './migrations/near-duplicates.ts';
import { photoDetails } from './migrations/photo-details.ts';
import { photoFilters } from './migrations/photo-filters.ts';
import { texts } from './migrations/texts.ts';
import { words } from './migrations/words.ts';

/** In order; the position counts. */
export const migrations: readonly string[] = [
  initial,
  photoDetails,
  texts,
  generationHistory,
  nearDuplicates,
  changesByGeneration,
  photoFilters,
  engineTags,
  words,
];

/** "Imgl" in SQLite's header, by which `file` and we tell a library from any other database. */
export const APPLICATION_ID = 0x49_6d_67_6c;
