/**
 * The few different names in a library that the texts of a filter are held against: cameras, lenses, tags, folders, roots.
 * Source: SQLite's documentation, "Query Planning" (a loose scan as a recursive query). Deviation: none.
 *
 * A hundred thousand photos were taken with some twenty cameras and lie in some thousand folders. So a text is compared
 * with the names in JavaScript, which knows the letters of all languages, and SQLite is given those that fit, which its
 * indexes find. It also means that no function of ours is called by SQLite for each row.
 */
import path from 'node:path';
import type { Connection, Query } from '../connection.ts';
import { folded } from './folding.ts';

/** A folder with photos of one root in it. */
export interface FolderOfRoot {
  /** absolute, with the separator at its end, as `folderSql` gives it */
  readonly folder: string;
  readonly rootId: number;
  /** From the root's name on: what a pattern of a path is held against. */
  readonly segments: readonly string[];
}

export interface Root {
  readonly id: number;
  readonly path: string;
}

interface Known {
  cameras?: readonly string[];
  lenses?: readonly string[];
  folders?: readonly FolderOfRoot[];
  roots?: readonly Root[];
}

/** The path of an image without its name; the index on it is made of this very text. */
export function folderSql(column: string): string {
  return `rtrim(${column}, replace(${column}, '${path.sep}', ''))`;
}

export class FilterNames {
  readonly #connection: Connection;
  readonly #cameras: Query<{ name: string }>;
  readonly #lenses: Query<{ name: string }>;
  readonly #tags: Query<{ id: number; text: string }>;
  readonly #roots: Query<Root>;
  readonly #folders: Query<{ folder: string; rootId: number }>;
  readonly #ownChanges: Query<{ own: number }>;
  #version = '';
  #known: Known = {};

  constructor(connection: Connection) {
    this.#connection = connection;
    // From each name to the next larger one, over the index, instead of over every photo.
    const loose = (column: string) =>
      connection.prepare<{ name: string }>(`
        WITH RECURSIVE names (name) AS (
          SELECT min(${column}) FROM contents WHERE ${column} >= ''
          UNION ALL SELECT (SELECT min(c.${column}) FROM contents c WHERE c.${column} > names.name)
            FROM names WHERE names.name IS NOT NULL)
        SELECT name FROM names WHERE name IS NOT NULL`);
    this.#cameras = loose('camera');
    this.#lenses = loose('lens');
    this.#tags = connection.prepare("SELECT id, text FROM texts WHERE kind = 'tag'");
    this.#roots = connection.prepare('SELECT id, path FROM roots ORDER BY id');
    this.#folders = connection.prepare(
      `SELECT DISTINCT ${folderSql('path')} AS folder, root_id AS rootId FROM images`,
    );
    this.#ownChanges = connection.prepare('SELECT total_changes() AS own');
  }

  cameras(): readonly string[] {
    return (this.#current().cameras ??= this.#cameras.all().map(({ name }) => name));
  }

  lenses(): readonly string[] {
    return (this.#current().lenses ??= this.#lenses.all().map(({ name }) => name));
  }

  roots(): readonly Root[] {
    return (this.#current().roots ??= this.#roots.all());
  }

  /** Of the texts; they may be many, so they are not kept. */
  tags(): readonly { readonly id: number; readonly text: string }[] {
    return this.#tags.all();
  }

  /** Of the tags that are this one but for the case of letters. */
  tagIds(text: string): number[] {
    const wanted = folded(text);
    return this.tags()
      .filter((tag) => folded(tag.text) === wanted)
      .map(({ id }) => id);
  }

  folders(): readonly FolderOfRoot[] {
    const known = this.#current();
    if (known.folders === undefined) {
      const roots = new Map(this.roots().map((root) => [root.id, root.path]));
      known.folders = this.#folders.all().map(({ folder, rootId }) => ({
        folder,
        rootId,
        segments: segmentsFrom(roots.get(rootId) ?? '', folder),
      }));
    }
    return known.folders;
  }

  /** Read again only when something was committed, here or elsewhere: one search asks several times. */
  #current(): Known {
    const version = `${String(this.#connection.pragma('data_version'))} ${this.#ownChanges.get()?.own ?? 0}`;
    if (version !== this.#version) {
      this.#version = version;
      this.#known = {};
    }
    return this.#known;
  }
}

/** A root that is a single file lies in no folder of its own. */
function segmentsFrom(root: string, folder: string): string[] {
  const inside = path.relative(root, folder);
  if (inside.startsWith('..')) return [];
  return [path.basename(root), ...inside.split(path.sep)].filter((segment) => segment !== '');
}
