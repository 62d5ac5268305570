/**
 * Step 6: what is new in a generation is found without looking at what is old.
 * Source: the SQLite documentation, "Query Planning". Deviation: none.
 *
 * An index ends in the row's id, which is the sequence here. Without these the unique index is taken, in which every
 * change of the generation is looked at and sorted: measured at 80,000 photos, 2.6 ms in place of 0.015 ms for each
 * commit and each search that finds nothing new.
 */
export const changesByGeneration = `
CREATE INDEX changes_by_generation ON changes (generation_id);
CREATE INDEX text_changes_by_generation ON text_changes (generation_id);
`;
