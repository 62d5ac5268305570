/**
 * Step 4: which generation was searched before this one.
 * Source: our own. Deviation: none.
 */
export const generationHistory = `
CREATE TABLE activations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,       -- the order in which it happened; clocks may go backwards
  generation_id INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
  activated_at TEXT NOT NULL
) STRICT;
CREATE INDEX activations_by_generation ON activations (generation_id);
-- Before this step nothing was noted: the younger of two retired generations was most likely searched last.
INSERT INTO activations (generation_id, activated_at)
  SELECT id, created_at FROM generations WHERE state <> 'building' ORDER BY state = 'active', id;
`;
