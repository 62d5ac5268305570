/**
 * Generations: one per model and preprocessing whose vectors the library holds.
 * Source: our own. Deviation: none.
 *
 * One is active: it is searched. Another is built beside it (`building`), or was active before (`retired`); both may
 * be given what they lack and then be made active, which is one transaction.
 */
import { AppError } from '../../model/index.ts';
import type { Connection, Query } from './connection.ts';

export interface Generation {
  readonly id: number;
  readonly modelName: string;
  /** See `Embedder.identity`. */
  readonly modelIdentity: string;
  readonly preprocessVersion: string;
  /** D, floats per vector */
  readonly dimension: number;
  /** `building`: not searched yet; `retired`: kept for the way back */
  readonly state: 'building' | 'active' | 'retired';
  /** ISO 8601 */
  readonly createdAt: string;
}

/** What tells generations apart. */
export type GenerationKey = Pick<
  Generation,
  'modelName' | 'modelIdentity' | 'preprocessVersion' | 'dimension'
>;

/** How much of the library a generation can find. */
export interface Completeness {
  /** photos in the library */
  readonly images: number;
  /** of those: without a vector in this generation, so never found in it */
  readonly missing: number;
  /** Texts without one; there may be some that no model can read, so they do not hold up a switch. */
  readonly missingTexts: number;
}

const columns = `id, model_name AS modelName, model_identity AS modelIdentity,
  preprocess_version AS preprocessVersion, dimension, state, created_at AS createdAt`;

const activeSql = `SELECT ${columns} FROM generations WHERE state = 'active'`;

export class Generations {
  readonly #connection: Connection;
  readonly #now: () => string;
  readonly #all: Query<Generation>;
  readonly #byId: Query<Generation>;
  readonly #active: Query<Generation>;
  readonly #previous: Query<Generation>;
  readonly #find: Query<Generation>;
  readonly #add: Query<unknown>;
  readonly #rename: Query<unknown>;
  readonly #retire: Query<unknown>;
  readonly #activate: Query<unknown>;
  readonly #note: Query<unknown>;
  readonly #completeness: Query<Completeness>;
  readonly #remove: Query<unknown>;
  readonly #pages: readonly VectorPages[];

  constructor(connection: Connection, now: () => string) {
    this.#connection = connection;
    this.#now = now;
    this.#all = connection.prepare(`SELECT ${columns} FROM generations ORDER BY id`);
    this.#byId = connection.prepare(`SELECT ${columns} FROM generations WHERE id = ?`);
    this.#active = connection.prepare(activeSql);
    this.#previous = connection.prepare(`
      SELECT ${columns} FROM generations WHERE id = (
        SELECT a.generation_id FROM activations a JOIN generations g ON g.id = a.generation_id
        WHERE g.state <> 'active' ORDER BY a.id DESC LIMIT 1)`);
    this.#find = connection.prepare(
      `SELECT ${columns} FROM generations
       WHERE model_identity = ? AND preprocess_version = ? AND dimension = ? AND element_type = 'float32'`,
    );
    this.#add = connection.prepare(`
      INSERT INTO generations
        (model_name, model_identity, preprocess_version, dimension, element_type, state, created_at)
      VALUES (?, ?, ?, ?, 'float32', 'building', ?)`);
    this.#rename = connection.prepare('UPDATE generations SET model_name = ? WHERE id = ?');
    this.#retire = connection.prepare("UPDATE generations SET state = 'retired' WHERE state = 'active'");
    this.#activate = connection.prepare("UPDATE generations SET state = 'active' WHERE id = ?");
    this.#note = connection.prepare('INSERT INTO activations (generation_id, activated_at) VALUES (?, ?)');
    this.#completeness = connection.prepare(`
      SELECT (SELECT count(*) FROM images) AS images, (
        SELECT count(*) FROM images i WHERE NOT EXISTS
          (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = i.content_id)) AS missing, (
        SELECT count(*) FROM texts t WHERE NOT EXISTS
          (SELECT 1 FROM text_vectors v WHERE v.generation_id = ? AND v.text_id = t.id)) AS missingTexts`);
    this.#remove = connection.prepare("DELETE FROM generations WHERE id = ? AND state <> 'active'");
    this.#pages = [
      pagesOf(connection, 'vectors', 'changes', 'content_id'),
      pagesOf(connection, 'text_vectors', 'text_changes', 'text_id'),
    ];
  }

  /** By id, oldest first. */
  all(): Generation[] {
    return this.#all.all();
  }

  byId(id: number): Generation | undefined {
    return this.#byId.get(id);
  }

  /** The one that is searched; undefined in a new library. */
  active(): Generation | undefined {
    return this.#active.get();
  }

  /** The one that was searched before the active one; undefined where there was none or it was removed. */
  previous(): Generation | undefined {
    return this.#previous.get();
  }

  find(key: GenerationKey): Generation | undefined {
    return this.#find.get(key.modelIdentity, key.preprocessVersion, key.dimension);
  }

  /** The generation of this key, made where there is none: active in a library without one, else building. */
  ensure(key: GenerationKey): { readonly generation: Generation; readonly isNew: boolean } {
    const known = this.find(key);
    if (known?.modelName === key.modelName) return { generation: known, isNew: false };
    return this.#connection.transaction(() => {
      if (known === undefined) {
        const { modelName, modelIdentity, preprocessVersion, dimension } = key;
        this.#add.run(modelName, modelIdentity, preprocessVersion, dimension, this.#now());
      } else {
        // The same model under another name, by which a person knows it now.
        this.#rename.run(key.modelName, known.id);
      }
      const found = this.find(key);
      if (found === undefined) throw new Error('a generation that was just added is not there');
      const generation = this.active() === undefined ? this.#switch(found) : found;
      return { generation, isNew: known === undefined };
    });
  }

  /** See `Completeness`. Looks at every photo: a second for some millions. */
  completeness(id: number): Completeness {
    return this.#completeness.get(id, id) ?? { images: 0, missing: 0, missingTexts: 0 };
  }

  /**
   * Makes this the one that is searched; the one before is kept, with all its vectors.
   * @returns undefined where `ifComplete` was asked for and a photo has no vector; then nothing has changed
   * @throws AppError NOT_FOUND
   */
  activate(id: number, options: { readonly ifComplete: boolean }): Generation | undefined {
    return this.#connection.transaction(() => {
      const generation = this.get(id);
      if (generation.state === 'active') return generation;
      if (options.ifComplete && this.completeness(id).missing > 0) return undefined;
      return this.#switch(generation);
    });
  }

  /** @throws AppError NOT_FOUND naming those there are */
  get(id: number): Generation {
    const generation = this.byId(id);
    if (generation !== undefined) return generation;
    const known = this.all().map((one) => `${one.id} ("${one.modelName}", ${one.state})`);
    throw new AppError(
      'NOT_FOUND',
      `${this.#connection.file}: there is no generation ${id}; there are: ${known.join(', ') || 'none'}`,
    );
  }

  /**
   * Deletes vectors of photos and texts, which are too many for one transaction. Never those of the active one.
   * @returns how many went, at most `limit`; 0 is the end
   */
  removeVectors(id: number, limit: number): number {
    return this.#connection.transaction(() => {
      if (this.byId(id)?.state === 'active') return 0;
      let removed = 0;
      for (const { page, remove, forget } of this.#pages) {
        for (const { member } of page.all(id, limit - removed)) {
          remove.run(id, member);
          // Nobody will catch up with what goes: its log goes with it.
          forget.run(id, member);
          removed += 1;
        }
      }
      return removed;
    });
  }

  /** After `removeVectors`. Never the active one. */
  remove(id: number): void {
    this.#remove.run(id);
  }

  #switch(generation: Generation): Generation {
    this.#retire.run();
    this.#activate.run(generation.id);
    this.#note.run(generation.id, this.#now());
    return { ...generation, state: 'active' };
  }
}

/** Vectors of one kind, and their log. */
interface VectorPages {
  readonly page: Query<{ member: number }>;
  readonly remove: Query<unknown>;
  readonly forget: Query<unknown>;
}

function pagesOf(connection: Connection, table: string, log: string, column: string): VectorPages {
  return {
    page: connection.prepare(
      `SELECT ${column} AS member FROM ${table} WHERE generation_id = ? ORDER BY ${column} LIMIT ?`,
    ),
    remove: connection.prepare(`DELETE FROM ${table} WHERE generation_id = ? AND ${column} = ?`),
    forget: connection.prepare(`DELETE FROM ${log} WHERE generation_id = ? AND ${column} = ?`),
  };
}

/** For a look at a library of any schema, without opening it. */
export function readActive(connection: Connection): Generation | undefined {
  return connection.prepare<Generation>(activeSql).get();
}
