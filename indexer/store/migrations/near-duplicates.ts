/**
 * Step 5: pairs of photos that look alike, and the groups they form.
 * Source: our own. Deviation: none.
 *
 * A pair belongs to two vectors of one generation and goes with either. How far a generation is compared is one number:
 * every content whose last change is not above `near_comparisons.sequence` was compared with all that came before it.
 * Groups are made of the pairs, beside those that are read meanwhile, and take their place in one transaction.
 */
export const nearDuplicates = `
CREATE TABLE shapes (                         -- light and dark of a picture, coarsely; see picture-shape.ts
  content_id INTEGER PRIMARY KEY REFERENCES contents ON DELETE CASCADE,
  grid BLOB NOT NULL CHECK (length(grid) = 64)  -- 8 rows of 8 grey values
) STRICT;

CREATE TABLE near_comparisons (
  generation_id INTEGER PRIMARY KEY REFERENCES generations ON DELETE CASCADE,
  floor REAL NOT NULL CHECK (floor BETWEEN 0 AND 1),  -- pairs with a smaller cosine were not kept
  sequence INTEGER NOT NULL                   -- as in "changes"
) STRICT;

CREATE TABLE near_pairs (
  generation_id INTEGER NOT NULL,
  content_a INTEGER NOT NULL,                 -- the smaller id
  content_b INTEGER NOT NULL,
  score REAL NOT NULL,                        -- cosine
  PRIMARY KEY (generation_id, content_a, content_b),
  CHECK (content_a < content_b),
  FOREIGN KEY (generation_id, content_a) REFERENCES vectors (generation_id, content_id) ON DELETE CASCADE,
  FOREIGN KEY (generation_id, content_b) REFERENCES vectors (generation_id, content_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX near_pairs_by_b ON near_pairs (generation_id, content_b);
CREATE INDEX near_pairs_by_score ON near_pairs (generation_id, score DESC, content_a, content_b);
CREATE TRIGGER near_pairs_outdated AFTER UPDATE OF vector ON vectors BEGIN
  DELETE FROM near_pairs WHERE generation_id = old.generation_id AND content_a = old.content_id;
  DELETE FROM near_pairs WHERE generation_id = old.generation_id AND content_b = old.content_id;
END;

CREATE TABLE near_groupings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  generation_id INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
  threshold REAL NOT NULL,                    -- cosine
  sequence INTEGER NOT NULL,                  -- of the comparison that it was made of
  made_at TEXT                                -- NULL while it is being made
) STRICT;
CREATE UNIQUE INDEX one_grouping ON near_groupings (generation_id) WHERE made_at IS NOT NULL;

CREATE TABLE near_groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  grouping_id INTEGER NOT NULL REFERENCES near_groupings ON DELETE CASCADE,
  first_id INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,  -- its best photo
  first_place INTEGER NOT NULL,               -- of that, in near_members
  size INTEGER NOT NULL                       -- contents, when it was made
) STRICT;
CREATE INDEX near_groups_by_size ON near_groups (grouping_id, size DESC, first_id);
CREATE INDEX near_groups_by_first ON near_groups (first_id);

CREATE TABLE near_members (
  grouping_id INTEGER NOT NULL REFERENCES near_groupings ON DELETE CASCADE,
  place INTEGER NOT NULL,                     -- from 1, the best photo of all first
  content_id INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
  group_id INTEGER REFERENCES near_groups ON DELETE CASCADE,  -- NULL while it has none
  PRIMARY KEY (grouping_id, place)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX near_members_by_content ON near_members (content_id, grouping_id);
CREATE INDEX near_members_by_group ON near_members (group_id, place);
`;
