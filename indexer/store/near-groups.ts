/**
 * Groups of photos that look alike. A grouping is made beside the one that is read, page by page, and takes its
 * place at once; what a process left half made is thrown away by the next.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';

export interface Grouping {
  readonly id: number;
  readonly generationId: number;
  /** cosine that a member has at least with the first of its group */
  readonly threshold: number;
  /** Of the comparison that it was made of; see migrations.ts. */
  readonly sequence: number;
  /** ISO 8601, UTC */
  readonly madeAt: string;
}

/** A content that looks like another one. */
export interface Candidate {
  /** from 1, the best photo of all first */
  readonly place: number;
  readonly contentId: number;
  /** null while it is in no group */
  readonly groupId: number | null;
}

/** A group in the making. */
export interface MadeGroup {
  readonly id: number;
  /** its best photo */
  readonly firstId: number;
  /** See `Candidate`. */
  readonly firstPlace: number;
  /** contents */
  readonly size: number;
}

/** A group, and where the page that it ends goes on: the largest come first. */
export interface GroupPlace {
  readonly id: number;
  readonly size: number;
  readonly firstId: number;
}

export interface GroupTotals {
  readonly groups: number;
  /** in all groups, copies of the same bytes counted each */
  readonly images: number;
}

const groupingColumns =
  "id, generation_id AS generationId, threshold, sequence, coalesce(made_at, '') AS madeAt";

export class NearGroups {
  readonly #connection: Connection;
  readonly #now: () => string;
  readonly #current: Query<Grouping>;
  readonly #old: Query<{ id: number }>;
  readonly #begin: Query<unknown>;
  readonly #line: Query<unknown>;
  readonly #candidate: Query<Candidate>;
  readonly #group: Query<MadeGroup>;
  readonly #addGroup: Query<unknown>;
  readonly #updateGroup: Query<unknown>;
  readonly #removeGroup: Query<unknown>;
  readonly #join: Query<unknown>;
  readonly #joinAll: Query<unknown>;
  readonly #retire: Query<unknown>;
  readonly #publish: Query<unknown>;
  readonly #removal: readonly Query<unknown>[];
  readonly #removeGrouping: Query<unknown>;
  readonly #groups: Query<GroupPlace>;
  readonly #members: Query<{ contentId: number }>;
  readonly #totals: Query<GroupTotals>;
  readonly #images: Query<{ count: number }>;

  constructor(connection: Connection, now: () => string) {
    this.#connection = connection;
    this.#now = now;
    this.#current = connection.prepare(
      `SELECT ${groupingColumns} FROM near_groupings WHERE generation_id = ? AND made_at IS NOT NULL`,
    );
    this.#old = connection.prepare('SELECT id FROM near_groupings WHERE made_at IS NULL');
    this.#begin = connection.prepare(
      'INSERT INTO near_groupings (generation_id, threshold, sequence) VALUES (?, ?, ?)',
    );
    // Best first: the most pixels, then the most bytes, which is the least compressed, then the oldest.
    this.#line = connection.prepare(`
      INSERT INTO near_members (grouping_id, place, content_id)
      SELECT ?, row_number() OVER (ORDER BY c.width * c.height DESC, c.bytes DESC, c.id), c.id
      FROM contents c WHERE c.id IN (
        SELECT content_a FROM near_pairs WHERE generation_id = ? AND score >= ?
        UNION SELECT content_b FROM near_pairs WHERE generation_id = ? AND score >= ?)`);
    this.#candidate = connection.prepare(`
      SELECT place, content_id AS contentId, group_id AS groupId FROM near_members
      WHERE content_id = ? AND grouping_id = ?`);
    this.#group = connection.prepare(
      'SELECT id, first_id AS firstId, first_place AS firstPlace, size FROM near_groups WHERE id = ?',
    );
    this.#addGroup = connection.prepare(
      'INSERT INTO near_groups (grouping_id, first_id, first_place, size) VALUES (?, ?, ?, ?)',
    );
    this.#updateGroup = connection.prepare(
      'UPDATE near_groups SET first_id = ?, first_place = ?, size = ? WHERE id = ?',
    );
    this.#removeGroup = connection.prepare('DELETE FROM near_groups WHERE id = ?');
    this.#join = connection.prepare(
      'UPDATE near_members SET group_id = ? WHERE content_id = ? AND grouping_id = ?',
    );
    this.#joinAll = connection.prepare('UPDATE near_members SET group_id = ? WHERE group_id = ?');
    this.#retire = connection.prepare(
      'UPDATE near_groupings SET made_at = NULL WHERE generation_id = ? AND made_at IS NOT NULL',
    );
    this.#publish = connection.prepare('UPDATE near_groupings SET made_at = ? WHERE id = ?');
    this.#removal = [
      connection.prepare(`DELETE FROM near_members WHERE grouping_id = ? AND place IN
        (SELECT place FROM near_members WHERE grouping_id = ? LIMIT ?)`),
      connection.prepare(`DELETE FROM near_groups WHERE grouping_id = ? AND id IN
        (SELECT id FROM near_groups WHERE grouping_id = ? LIMIT ?)`),
    ];
    this.#removeGrouping = connection.prepare('DELETE FROM near_groupings WHERE id = ? AND made_at IS NULL');
    const living = `SELECT count(*) FROM near_members m
      WHERE m.group_id = g.id AND EXISTS (SELECT 1 FROM images i WHERE i.content_id = m.content_id)`;
    const images = 'SELECT count(*) FROM near_members m JOIN images i ON i.content_id = m.content_id';
    this.#groups = connection.prepare(`
      SELECT g.id, g.size, g.first_id AS firstId FROM near_groups g
      WHERE g.grouping_id = ? AND g.size <= ? AND (g.size < ? OR g.first_id > ?) AND (${living}) > 1
      ORDER BY g.size DESC, g.first_id LIMIT ?`);
    this.#members = connection.prepare(
      'SELECT content_id AS contentId FROM near_members WHERE group_id = ? ORDER BY place LIMIT ?',
    );
    this.#images = connection.prepare(`SELECT (${images} WHERE m.group_id = ?) AS count`);
    this.#totals = connection.prepare(`
      SELECT count(*) AS groups, coalesce(sum(images), 0) AS images FROM (
        SELECT (${living}) AS living, (${images} WHERE m.group_id = g.id) AS images
        FROM near_groups g WHERE g.grouping_id = ?) WHERE living > 1`);
  }

  /** The groups of this generation that are read; undefined where none were made yet. */
  current(generationId: number): Grouping | undefined {
    return this.#current.get(generationId);
  }

  /**
   * Begins another grouping: every content that has a pair stands in line, in no group.
   * @returns its id
   */
  begin(generationId: number, threshold: number, sequence: number): number {
    return this.#connection.transaction(() => {
      const id = this.#begin.run(generationId, threshold, sequence).lastId;
      this.#line.run(id, generationId, threshold, generationId, threshold);
      return id;
    });
  }

  /** A content in line; undefined where it stands in none. */
  candidate(groupingId: number, contentId: number): Candidate | undefined {
    return this.#candidate.get(contentId, groupingId);
  }

  group(id: number): MadeGroup | undefined {
    return this.#group.get(id);
  }

  /** All of `work` or nothing; for a page of pairs. */
  together(work: () => void): void {
    this.#connection.transaction(work);
  }

  /** Makes a group of one. */
  addGroup(groupingId: number, { contentId, place }: Candidate): MadeGroup {
    const id = this.#addGroup.run(groupingId, contentId, place, 1).lastId;
    this.#join.run(id, contentId, groupingId);
    return { id, firstId: contentId, firstPlace: place, size: 1 };
  }

  /** Makes one group of two, whose first is the better of theirs. */
  merge(one: MadeGroup, other: MadeGroup): void {
    // The smaller moves, so that no content moves more often than the logarithm of its group's size.
    const [stays, moves] = one.size >= other.size ? [one, other] : [other, one];
    const best = one.firstPlace < other.firstPlace ? one : other;
    this.#joinAll.run(stays.id, moves.id);
    this.#removeGroup.run(moves.id);
    this.#updateGroup.run(best.firstId, best.firstPlace, one.size + other.size, stays.id);
  }

  /** From now on these are the groups of their generation; those before wait for `removeOld`. */
  publish(groupingId: number, generationId: number): void {
    this.#connection.transaction(() => {
      this.#retire.run(generationId);
      this.#publish.run(this.#now(), groupingId);
    });
  }

  /**
   * Deletes groupings that are not read, left by a crash or replaced, which are too large for one transaction.
   * @returns how many rows went, at most `limit`; 0 is the end
   */
  removeOld(limit: number): number {
    return this.#connection.transaction(() => {
      const old = this.#old.get();
      if (old === undefined) return 0;
      for (const removal of this.#removal) {
        const { changes } = removal.run(old.id, old.id, limit);
        if (changes > 0) return changes;
      }
      return this.#removeGrouping.run(old.id).changes;
    });
  }

  /** Groups of at least two photos that are still there, the largest first. @param after undefined for the first page */
  groups(groupingId: number, after: Omit<GroupPlace, 'id'> | undefined, limit: number): GroupPlace[] {
    const size = after?.size ?? Number.MAX_SAFE_INTEGER;
    return this.#groups.all(groupingId, size, size, after?.firstId ?? 0, limit);
  }

  /** Contents of a group, the best first, at most `limit`. */
  members(groupId: number, limit: number): number[] {
    return this.#members.all(groupId, limit).map(({ contentId }) => contentId);
  }

  /** Photos of a group, copies of the same bytes counted each. */
  countImages(groupId: number): number {
    return this.#images.get(groupId)?.count ?? 0;
  }

  totals(groupingId: number): GroupTotals {
    return this.#totals.get(groupingId) ?? { groups: 0, images: 0 };
  }
}
