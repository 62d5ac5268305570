/**
 * Step 9: tags that the engine gives, which photos have been looked at for them, and texts by kind.
 * Source: our own. Deviation: none.
 *
 * Such tags have a source of their own for each list of labels, so that they never mix with what people wrote, and go in
 * one go. The form of that source is told by the new column: SQLite cannot widen the CHECK of `form` without making the
 * table anew, and dropping the old one would delete every link by its cascade.
 */
export const engineTags = `
ALTER TABLE text_sources ADD COLUMN tagged_with TEXT;  -- NULL: people wrote it; else labels, prompts, rule and model, or ''
CREATE TABLE tagged_contents (
  source_id INTEGER NOT NULL REFERENCES text_sources ON DELETE CASCADE,
  content_id INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
  run INTEGER NOT NULL,                       -- of the source: after an earlier run it is to be tagged anew
  PRIMARY KEY (source_id, content_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tagged_contents_by_content ON tagged_contents (content_id);
`;
