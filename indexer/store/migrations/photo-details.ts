/**
 * Step 2: what a camera and a program wrote into a photo: camera, lens, exposure, place, captions, keywords.
 * Source: our own. Deviation: none.
 */
export const photoDetails = `
-- Of each content, as its metadata says it; NULL where it does not. Contents that an older reader read have none
-- of these until the next run of indexing looks at their file again (contents.reader).
ALTER TABLE contents ADD COLUMN orientation INTEGER CHECK (orientation BETWEEN 1 AND 8); -- as stored; width is upright
ALTER TABLE contents ADD COLUMN camera TEXT;            -- maker and model
ALTER TABLE contents ADD COLUMN lens TEXT;
ALTER TABLE contents ADD COLUMN exposure_seconds REAL CHECK (exposure_seconds > 0);
ALTER TABLE contents ADD COLUMN aperture REAL CHECK (aperture > 0);             -- the f-number
ALTER TABLE contents ADD COLUMN iso INTEGER CHECK (iso > 0);
ALTER TABLE contents ADD COLUMN focal_length_mm REAL CHECK (focal_length_mm > 0);
ALTER TABLE contents ADD COLUMN latitude REAL CHECK (latitude BETWEEN -90 AND 90);      -- degrees, north is positive
ALTER TABLE contents ADD COLUMN longitude REAL CHECK (longitude BETWEEN -180 AND 180);  -- degrees, east is positive
ALTER TABLE contents ADD COLUMN altitude_m REAL;        -- above the sea
ALTER TABLE contents ADD COLUMN title TEXT;
ALTER TABLE contents ADD COLUMN caption TEXT;           -- may have several lines
ALTER TABLE contents ADD COLUMN keywords TEXT CHECK (json_type(keywords) = 'array');    -- JSON; NULL for none
ALTER TABLE contents ADD COLUMN creator TEXT;
ALTER TABLE contents ADD COLUMN copyright TEXT;
ALTER TABLE contents ADD COLUMN rating INTEGER CHECK (rating BETWEEN 1 AND 5);          -- stars

-- A worker on another machine is told which contents of a file's size are known, so that a rename costs nothing.
CREATE INDEX contents_by_bytes ON contents (bytes);

CREATE INDEX contents_by_reader ON contents (reader);      -- those that a newer one shall look at again

-- A folder on another disk than the one above it, met while scanning: a mount point. Where it is empty and on the
-- disk of its parent again, the other disk is unplugged, and its photos are kept.
CREATE TABLE mounts (
  path TEXT NOT NULL PRIMARY KEY,             -- absolute
  device INTEGER NOT NULL,
  seen_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
