/**
 * Step 3: captions, tags and catalogue lines, what they speak of, and their vectors.
 * Source: our own. Deviation: none.
 *
 * A text of a kind is there once, however often it is said, so it is embedded once. A *link* is one saying of it:
 * who says it (the source), of what, and under which key of a catalogue. What a person says of a file (a sidecar,
 * a row with a path) is said of the image; what is written into the bytes is said of the content and goes with it.
 * A row whose path is not in the library yet keeps the path, and is joined to the photo when that comes in.
 */
export const texts = `
CREATE TABLE texts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('caption', 'tag', 'line')),
  text TEXT NOT NULL CHECK (text <> ''),      -- as normalText leaves it
  added_at TEXT NOT NULL,
  UNIQUE (kind, text)
) STRICT;

CREATE TABLE text_sources (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  place TEXT NOT NULL UNIQUE,                 -- absolute path of a file; 'embedded': what photos carry themselves
  form TEXT NOT NULL CHECK (form IN ('file', 'sidecar', 'embedded')),
  run INTEGER NOT NULL,                       -- counts imports: a link of an earlier run is no longer in the file
  version TEXT,                               -- of the file at the end of the last complete import
  imported_at TEXT
) STRICT;
INSERT INTO text_sources (place, form, run) VALUES ('embedded', 'embedded', 0);

CREATE TABLE text_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  text_id INTEGER NOT NULL REFERENCES texts ON DELETE CASCADE,
  source_id INTEGER NOT NULL REFERENCES text_sources ON DELETE CASCADE,
  path TEXT,                                  -- absolute, of the photo it speaks of, as the source says
  image_id INTEGER REFERENCES images ON DELETE SET NULL,
  content_id INTEGER REFERENCES contents ON DELETE CASCADE,
  key TEXT,                                   -- of a catalogue
  metadata TEXT,                              -- JSON object
  run INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX text_links_once ON text_links
  (source_id, text_id, coalesce(path, ''), coalesce(content_id, 0), coalesce(key, ''));
CREATE INDEX text_links_by_text ON text_links (text_id);
CREATE INDEX text_links_by_image ON text_links (image_id) WHERE image_id IS NOT NULL;
CREATE INDEX text_links_by_content ON text_links (content_id) WHERE content_id IS NOT NULL;
CREATE INDEX text_links_waiting ON text_links (path) WHERE path IS NOT NULL AND image_id IS NULL;
CREATE TRIGGER text_unsaid AFTER DELETE ON text_links
WHEN NOT EXISTS (SELECT 1 FROM text_links WHERE text_id = old.text_id) BEGIN
  DELETE FROM texts WHERE id = old.text_id;
END;
CREATE TRIGGER text_meets_image AFTER INSERT ON images BEGIN
  UPDATE text_links SET image_id = new.id WHERE path = new.path AND image_id IS NULL;
END;
CREATE TRIGGER text_meets_moved_image AFTER UPDATE OF path ON images WHEN old.path <> new.path BEGIN
  UPDATE text_links SET image_id = new.id WHERE path = new.path AND image_id IS NULL;
END;

CREATE TABLE text_vectors (
  generation_id INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
  text_id INTEGER NOT NULL REFERENCES texts ON DELETE CASCADE,
  vector BLOB NOT NULL,                       -- little-endian, unit length
  UNIQUE (generation_id, text_id)
) STRICT;
CREATE INDEX text_vectors_by_text ON text_vectors (text_id);

CREATE TABLE text_changes (                   -- as "changes"
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  generation_id INTEGER NOT NULL,
  text_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('add', 'remove')),
  UNIQUE (generation_id, text_id)
) STRICT;
CREATE TRIGGER text_vector_added AFTER INSERT ON text_vectors BEGIN
  DELETE FROM text_changes WHERE generation_id = new.generation_id AND text_id = new.text_id;
  INSERT INTO text_changes (generation_id, text_id, kind) VALUES (new.generation_id, new.text_id, 'add');
END;
CREATE TRIGGER text_vector_changed AFTER UPDATE ON text_vectors BEGIN
  DELETE FROM text_changes WHERE generation_id = old.generation_id AND text_id = old.text_id;
  DELETE FROM text_changes WHERE generation_id = new.generation_id AND text_id = new.text_id;
  INSERT INTO text_changes (generation_id, text_id, kind) VALUES (new.generation_id, new.text_id, 'add');
END;
CREATE TRIGGER text_vector_removed AFTER DELETE ON text_vectors BEGIN
  DELETE FROM text_changes WHERE generation_id = old.generation_id AND text_id = old.text_id;
  INSERT INTO text_changes (generation_id, text_id, kind) VALUES (old.generation_id, old.text_id, 'remove');
END;
`;
