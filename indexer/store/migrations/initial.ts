/**
 * Step 1: roots, contents, images, generations, vectors with their log of changes, skips.
 * Source: our own. Deviation: none. Released; never changed.
 */
export const initial = `
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
