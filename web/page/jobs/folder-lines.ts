/**
 * Folders as people paste them: one a line, as a terminal or a file manager copies them.
 * Source: our own. Deviation: none.
 */

/** @returns absolute paths, each once; lines that are none are given back for a word about them */
export function foldersOf(text: string): {
  readonly folders: readonly string[];
  readonly wrong: readonly string[];
} {
  const lines = text
    .split(/\r?\n/)
    .map(plain)
    .filter((line) => line !== '');
  return {
    folders: [...new Set(lines.filter(isWholePath))],
    wrong: lines.filter((line) => !isWholePath(line)),
  };
}

export function isWholePath(line: string): boolean {
  return /^(?:\/|[a-z]:[\\/]|\\\\)/i.test(line);
}

/** Without quotes, and a file address as the path it names. */
function plain(line: string): string {
  const bare = line.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (!/^file:\/\//i.test(bare)) return bare;
  try {
    const { pathname } = new URL(bare);
    return decodeURIComponent(pathname).replace(/^\/(?=[a-z]:\/)/i, '');
  } catch {
    return bare;
  }
}
