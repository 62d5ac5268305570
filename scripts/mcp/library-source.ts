/**
 * A library that this process reads itself; another one may write it meanwhile.
 * Source: our own. Deviation: none.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { thumbnailOf, type ImageRecord, type Library } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import type {
  ImageInput,
  LookupEngine,
  SearchEngine,
  SearchRequest,
  SearchResponse,
} from '../../query/index.ts';
import type {
  AskedPicture,
  FoundPhotos,
  FoundTexts,
  LibrarySummary,
  PhotoDetails,
  PhotoSource,
} from './photo-source.ts';

const TEXTS_MAX = 100;

export interface LibrarySourceParts {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search'>;
  readonly lookup: Pick<LookupEngine, 'lookup'>;
}

export class LibrarySource implements PhotoSource {
  readonly readsFiles = true;
  readonly #library: Library;
  readonly #engine: LibrarySourceParts['engine'];
  readonly #lookup: LibrarySourceParts['lookup'];

  constructor({ library, engine, lookup }: LibrarySourceParts) {
    this.#library = library;
    this.#engine = engine;
    this.#lookup = lookup;
  }

  async search(request: SearchRequest, signal: AbortSignal): Promise<FoundPhotos> {
    return foundOf(await this.#engine.search(request, { signal }));
  }

  async similar(
    id: number,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<FoundPhotos> {
    this.#record(id);
    const request = { image: { id }, without: [id], limit, ...(cursor !== undefined && { cursor }) };
    return foundOf(await this.#engine.search(request, { signal }));
  }

  async lookup(picture: AskedPicture, limit: number, signal: AbortSignal): Promise<FoundTexts> {
    if ('id' in picture) this.#record(picture.id);
    return this.#lookup.lookup({ image: inputOf(picture), limit }, { signal });
  }

  async photo(id: number): Promise<PhotoDetails> {
    const record = this.#record(id);
    const { path: place, width, height, takenAt } = record;
    const texts = this.#library.store.texts.ofImages([id], TEXTS_MAX);
    return { id, place, width, height, takenAt, details: { ...record.details }, texts };
  }

  async preview(id: number, size: 'small' | 'large'): Promise<Uint8Array> {
    return readFile(await thumbnailOf(this.#library, id, size));
  }

  async library(): Promise<LibrarySummary> {
    const { images, roots } = this.#library.stats();
    return { photos: images, folders: roots, model: this.#library.generation.modelName, notices: [] };
  }

  /** @throws AppError NOT_FOUND */
  #record(id: number): ImageRecord {
    const record = this.#library.store.images.byId(id);
    if (record !== undefined) return record;
    throw new AppError('NOT_FOUND', `photo ${id}: is not in the library, expected an id that a search gave`);
  }
}

function inputOf(picture: AskedPicture): ImageInput {
  if ('id' in picture) return picture;
  if ('bytes' in picture) return { picture: picture.bytes };
  if (path.isAbsolute(picture.file)) return { picture: picture.file };
  throw new AppError('INVALID_ARGUMENT', `path: found "${picture.file}", expected an absolute path`);
}

function foundOf({ hits, nothingMatches, cursor, notices }: SearchResponse): FoundPhotos {
  const photos = hits.map(({ id, score, pMatch, band, stackSize, image }) => {
    const { path: place, takenAt, width, height } = image;
    return { id, place, takenAt, width, height, score, pMatch, band, stackSize };
  });
  return { photos, nothingMatches, cursor, notices };
}
