/**
 * Step 8: what filters of photos look for, as indexes.
 * Source: the SQLite documentation, "Query Planning", "Indexes On Expressions". Deviation: none.
 */
import path from 'node:path';

export const photoFilters = `
CREATE INDEX contents_by_taken ON contents (taken_at) WHERE taken_at IS NOT NULL;
CREATE INDEX contents_by_camera ON contents (camera) WHERE camera IS NOT NULL;
CREATE INDEX contents_by_lens ON contents (lens) WHERE lens IS NOT NULL;
CREATE INDEX contents_by_place ON contents (latitude, longitude) WHERE latitude IS NOT NULL;
-- The folder of a photo, as folderSql says it; the library of one system is not used on another.
CREATE INDEX images_by_folder ON images (rtrim(path, replace(path, '${path.sep}', '')), root_id);
`;
