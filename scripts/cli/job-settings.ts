/**
 * The flags of commands that ask for jobs.
 * Source: our own. Deviation: none.
 */

/** Settings that a job of indexing or embedding carries with it. */
export const photoJobSettings = ['models', 'model', 'maxFile', 'maxPixels'] as const;
export const indexJobSettings = [
  ...photoJobSettings,
  'excludeDir',
  'exclude',
  'followSymlinks',
  'keepMissing',
] as const;
