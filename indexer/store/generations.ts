/**
 * Generations: one per model and preprocessing whose vectors the library holds.
 * Source: our own. Deviation: none.
 */
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
}

/** What tells generations apart. */
export type GenerationKey = Pick<
  Generation,
  'modelName' | 'modelIdentity' | 'preprocessVersion' | 'dimension'
>;

const columns = `id, model_name AS modelName, model_identity AS modelIdentity,
  preprocess_version AS preprocessVersion, dimension, state`;

export class Generations {
  readonly #connection: Connection;
  readonly #active: Query<Generation>;
  readonly #find: Query<Generation>;
  readonly #add: Query<unknown>;
  readonly #retire: Query<unknown>;
  readonly #activate: Query<unknown>;
  readonly #now: () => string;

  constructor(connection: Connection, now: () => string) {
    this.#connection = connection;
    this.#now = now;
    this.#active = connection.prepare(`SELECT ${columns} FROM generations WHERE state = 'active'`);
    this.#find = connection.prepare(
      `SELECT ${columns} FROM generations
       WHERE model_identity = ? AND preprocess_version = ? AND dimension = ? AND element_type = 'float32'`,
    );
    this.#add = connection.prepare(`
      INSERT INTO generations
        (model_name, model_identity, preprocess_version, dimension, element_type, state, created_at)
      VALUES (?, ?, ?, ?, 'float32', 'building', ?)`);
    this.#retire = connection.prepare("UPDATE generations SET state = 'retired' WHERE state = 'active'");
    this.#activate = connection.prepare(
      "UPDATE generations SET state = 'active', model_name = ? WHERE id = ?",
    );
  }

  /** The one that is searched; undefined in a new library. */
  active(): Generation | undefined {
    return this.#active.get();
  }

  find(key: GenerationKey): Generation | undefined {
    return this.#find.get(key.modelIdentity, key.preprocessVersion, key.dimension);
  }

  /** Makes this the one that is searched; the one before is kept, with all its vectors. */
  activate(key: GenerationKey): Generation {
    return this.#connection.transaction(() => {
      if (this.find(key) === undefined) {
        this.#add.run(key.modelName, key.modelIdentity, key.preprocessVersion, key.dimension, this.#now());
      }
      const found = this.find(key);
      if (found === undefined) throw new Error('a generation that was just added is not there');
      this.#retire.run();
      this.#activate.run(key.modelName, found.id);
      return { ...found, state: 'active', modelName: key.modelName };
    });
  }
}
