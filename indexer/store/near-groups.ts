/**
 * Groups of photos that look alike. A grouping is made beside the one that is read, page by page, and takes its
 * place at once; what a process left half made is thrown away by the next.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';
import type { Neighbour } from './near-duplicates.ts';

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

/** A content that looks like another one; `firstId` names its group, null while it has none. */
export interface Candidate {
  /** from 1, the best photo first */
  readonly place: number;
  readonly contentId: number;
  readonly firstId: number | null;
}

/** Where a page of groups ends: the largest come first. */
export interface GroupPlace {
  readonly size: number;
  readonly firstId: number;
}

export interface GroupTotals {
  readonly groups: number;
  /** in all groups, copies of the same bytes counted each */
  readonly images: number;
}

/** A content of a group; its first has score 1. */
export type Member = Neighbour;

const groupingColumns =
  "id, generation_id AS generationId, threshold, sequence, coalesce(made_at, '') AS madeAt";

export class NearGroups {
  readonly #connection: Connection;
  readonly #now: () => string;
  readonly #current: Query<Grouping>;
  readonly #old: Query<{ id: number }>;
  readonly #begin: Query<unknown>;
  readonly #line: Query<unknown>;
  readonly #page: Query<Candidate>;
  readonly #candidate: Query<Candidate>;
  readonly #addGroup: Query<unknown>;
  readonly #join: Query<unknown>;
  readonly #grow: Query<unknown>;
  readonly #retire: Query<unknown>;
  readonly #publish: Query<unknown>;
  readonly #removal: readonly Query<unknown>[];
  readonly #removeGrouping: Query<unknown>;
  readonly #groups: Query<GroupPlace>;
  readonly #members: Query<Member>;
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
    const candidate = 'SELECT place, content_id AS contentId, first_id AS firstId FROM near_members';
    this.#page = connection.prepare(
      `${candidate} WHERE grouping_id = ? AND place > ? ORDER BY place LIMIT ?`,
    );
    this.#candidate = connection.prepare(`${candidate} WHERE content_id = ? AND grouping_id = ?`);
    this.#addGroup = connection.prepare(
      'INSERT INTO near_groups (grouping_id, first_id, size) VALUES (?, ?, 1)',
    );
    this.#join = connection.prepare(
      'UPDATE near_members SET first_id = ?, score = ? WHERE content_id = ? AND grouping_id = ?',
    );
    this.#grow = connection.prepare(
      'UPDATE near_groups SET size = size + 1 WHERE grouping_id = ? AND first_id = ?',
    );
    this.#retire = connection.prepare(
      'UPDATE near_groupings SET made_at = NULL WHERE generation_id = ? AND made_at IS NOT NULL',
    );
    this.#publish = connection.prepare('UPDATE near_groupings SET made_at = ? WHERE id = ?');
    this.#removal = [
      connection.prepare(`DELETE FROM near_members WHERE grouping_id = ? AND place IN
        (SELECT place FROM near_members WHERE grouping_id = ? LIMIT ?)`),
      connection.prepare(`DELETE FROM near_groups WHERE grouping_id = ? AND first_id IN
        (SELECT first_id FROM near_groups WHERE grouping_id = ? LIMIT ?)`),
    ];
    this.#removeGrouping = connection.prepare('DELETE FROM near_groupings WHERE id = ? AND made_at IS NULL');
    const living = `SELECT count(*) FROM near_members m
      WHERE m.grouping_id = g.grouping_id AND m.first_id = g.first_id
        AND EXISTS (SELECT 1 FROM images i WHERE i.content_id = m.content_id)`;
    this.#groups = connection.prepare(`
      SELECT g.size, g.first_id AS firstId FROM near_groups g
      WHERE g.grouping_id = ? AND g.size <= ? AND (g.size < ? OR g.first_id > ?) AND (${living}) > 1
      ORDER BY g.size DESC, g.first_id LIMIT ?`);
    this.#members = connection.prepare(`
      SELECT content_id AS contentId, score FROM near_members WHERE grouping_id = ? AND first_id = ?
      ORDER BY place LIMIT ?`);
    this.#images = connection.prepare(`
      SELECT count(*) AS count FROM near_members m JOIN images i ON i.content_id = m.content_id
      WHERE m.grouping_id = ? AND m.first_id = ?`);
    this.#totals = connection.prepare(`
      SELECT count(*) AS groups, coalesce(sum(images), 0) AS images FROM (
        SELECT (${living}) AS living, (
          SELECT count(*) FROM near_members m JOIN images i ON i.content_id = m.content_id
          WHERE m.grouping_id = g.grouping_id AND m.first_id = g.first_id) AS images
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

  /** Those in line after `place`, 0 for the first page. */
  candidates(groupingId: number, place: number, limit: number): Candidate[] {
    return this.#page.all(groupingId, place, limit);
  }

  candidate(groupingId: number, contentId: number): Candidate | undefined {
    return this.#candidate.get(contentId, groupingId);
  }

  /** All of `work` or nothing; for a page of candidates. */
  together(work: () => void): void {
    this.#connection.transaction(work);
  }

  /** Makes a group with this first member. */
  addGroup(groupingId: number, firstId: number): void {
    this.#addGroup.run(groupingId, firstId);
    this.#join.run(firstId, 1, firstId, groupingId);
  }

  join(groupingId: number, firstId: number, { contentId, score }: Neighbour): void {
    this.#join.run(firstId, score, contentId, groupingId);
    this.#grow.run(groupingId, firstId);
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
  groups(groupingId: number, after: GroupPlace | undefined, limit: number): GroupPlace[] {
    const size = after?.size ?? Number.MAX_SAFE_INTEGER;
    return this.#groups.all(groupingId, size, size, after?.firstId ?? 0, limit);
  }

  /** The best first, at most `limit`. */
  members(groupingId: number, firstId: number, limit: number): Member[] {
    return this.#members.all(groupingId, firstId, limit);
  }

  /** Photos of a group, copies of the same bytes counted each. */
  countImages(groupingId: number, firstId: number): number {
    return this.#images.get(groupingId, firstId)?.count ?? 0;
  }

  totals(groupingId: number): GroupTotals {
    return this.#totals.get(groupingId) ?? { groups: 0, images: 0 };
  }
}
