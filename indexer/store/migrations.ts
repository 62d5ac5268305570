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
 * Vectors are float32. Half the bytes would do for ranking, but then the index, exports and cosines would
 * no longer be what the network said, and Node 20 has no float16 array: every read would convert in script.
 * A photo costs 768 to 4096 bytes here, beside some 10,000 of its thumbnail.
 */

const initial = `
CREATE TABLE library (
  id TEXT NOT NULL,                           -- random; tells derived files of another library apart
  created_at TEXT NOT NULL
) STRICT;
INSERT INTO library VALUES (lower(hex(randomblob(16))), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));

CREATE TABLE roots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,                  -- absolute
  kind TEXT NOT NULL CHECK (kind IN ('folder', 'file')),
  device INTEGER NOT NULL,                    -- of the folder; another one with nothing in it is an unplugged drive
  added_at TEXT NOT NULL,
  scanned_at TEXT                             -- end of the last complete scan
) STRICT;

CREATE TABLE contents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,                     -- upright, pixels
  height INTEGER NOT NULL,
  format TEXT NOT NULL,
  taken_at TEXT,                              -- ISO 8601 as EXIF says: often local time without a zone
  reader TEXT NOT NULL,                       -- which reader found out the above; a later one looks again
  added_at TEXT NOT NULL
) STRICT;

CREATE TABLE images (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root_id INTEGER NOT NULL REFERENCES roots,
  content_id INTEGER NOT NULL REFERENCES contents,
  path TEXT NOT NULL UNIQUE,                  -- absolute
  bytes INTEGER NOT NULL,
  modified_ms REAL NOT NULL,                  -- with the size: whether the file must be read again
  indexed_at TEXT NOT NULL
) STRICT;
CREATE INDEX images_by_content ON images (content_id);
CREATE INDEX images_by_root ON images (root_id);

CREATE TABLE generations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_name TEXT NOT NULL,
  model_identity TEXT NOT NULL,
  preprocess_version TEXT NOT NULL,
  dimension INTEGER NOT NULL CHECK (dimension > 0),
  element_type TEXT NOT NULL CHECK (element_type IN ('float32', 'float16')),
  state TEXT NOT NULL CHECK (state IN ('building', 'active', 'retired')),
  created_at TEXT NOT NULL,
  UNIQUE (model_identity, preprocess_version, dimension, element_type)
) STRICT;
CREATE UNIQUE INDEX one_active_generation ON generations (state) WHERE state = 'active';

CREATE TABLE vectors (
  generation_id INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
  content_id INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
  vector BLOB NOT NULL,                       -- little-endian, unit length
  UNIQUE (generation_id, content_id)
) STRICT;
CREATE INDEX vectors_by_content ON vectors (content_id);

CREATE TABLE changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  generation_id INTEGER NOT NULL,
  content_id INTEGER NOT NULL,                -- no reference: the content of a removal is gone
  kind TEXT NOT NULL CHECK (kind IN ('add', 'remove')),
  UNIQUE (generation_id, content_id)
) STRICT;
CREATE TRIGGER vector_added AFTER INSERT ON vectors BEGIN
  DELETE FROM changes WHERE generation_id = new.generation_id AND content_id = new.content_id;
  INSERT INTO changes (generation_id, content_id, kind) VALUES (new.generation_id, new.content_id, 'add');
END;
CREATE TRIGGER vector_changed AFTER UPDATE ON vectors BEGIN
  DELETE FROM changes WHERE generation_id = old.generation_id AND content_id = old.content_id;
  DELETE FROM changes WHERE generation_id = new.generation_id AND content_id = new.content_id;
  INSERT INTO changes (generation_id, content_id, kind) VALUES (new.generation_id, new.content_id, 'add');
END;
CREATE TRIGGER vector_removed AFTER DELETE ON vectors BEGIN
  DELETE FROM changes WHERE generation_id = old.generation_id AND content_id = old.content_id;
  INSERT INTO changes (generation_id, content_id, kind) VALUES (old.generation_id, old.content_id, 'remove');
END;

CREATE TABLE skips (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,                  -- absolute; bytes that are no UTF-8 are written as \\xff
  code TEXT NOT NULL,
  message TEXT NOT NULL,                      -- with the remedy
  bytes INTEGER,                              -- as images; NULL where trying again may help
  modified_ms REAL,
  rules TEXT,                                 -- reader and limits it was refused by; under others it is tried again
  skipped_at TEXT NOT NULL
) STRICT;
`;

/** In order; the position counts. */
export const migrations: readonly string[] = [initial];

/** "Imgl" in SQLite's header, by which `file` and we tell a library from any other database. */
export const APPLICATION_ID = 0x49_6d_67_6c;
