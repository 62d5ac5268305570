/**
 * A library that a server has, asked through the client that programs use.
 * Source: our own. Deviation: none.
 */
import type { SearchRequest } from '../../query/index.ts';
import type { Imglish, ImageDocument, SearchDocument, SearchInput } from '../../web/index.ts';
import type {
  AskedPicture,
  FoundPhotos,
  FoundTexts,
  LibrarySummary,
  PhotoDetails,
  PhotoSource,
} from './photo-source.ts';

/** What is told of a photo in a line of its own, or for programs only. */
const untold: ReadonlySet<string> = new Set([
  'id',
  'path',
  'fileName',
  'folder',
  'width',
  'height',
  'takenAt',
  'thumbnail',
  'preview',
  'original',
  'texts',
  'copies',
]);

export class RemoteSource implements PhotoSource {
  /** A file of this machine is nobody's business over there. */
  readonly readsFiles = false;
  readonly #imglish: Imglish;

  constructor(imglish: Imglish) {
    this.#imglish = imglish;
  }

  async search(request: SearchRequest, signal: AbortSignal): Promise<FoundPhotos> {
    return foundOf(await this.#imglish.search(request as SearchInput, { signal }));
  }

  async similar(
    id: number,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<FoundPhotos> {
    const options = { limit, signal, ...(cursor !== undefined && { cursor }) };
    return foundOf(await this.#imglish.similar(id, options));
  }

  async lookup(picture: AskedPicture, limit: number, signal: AbortSignal): Promise<FoundTexts> {
    if ('file' in picture) throw new Error('a server is not sent files by their path');
    return this.#imglish.lookup('id' in picture ? picture : picture.bytes, { limit, signal });
  }

  async photo(id: number, signal: AbortSignal): Promise<PhotoDetails> {
    const image = await this.#imglish.image(id, { signal });
    const { width, height, takenAt, texts } = image;
    const details = Object.fromEntries(Object.entries(image).filter(([name]) => !untold.has(name)));
    return { id, place: placeOf(image), width, height, takenAt, details, texts };
  }

  async preview(id: number, size: 'small' | 'large', signal: AbortSignal): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#imglish.thumbnail(id, size, { signal })).arrayBuffer());
  }

  async library(signal: AbortSignal): Promise<LibrarySummary> {
    const { images, roots, generation, indexing } = await this.#imglish.library({ signal });
    return {
      photos: images,
      folders: roots.map((root) => root.path ?? root.name),
      model: generation.modelName,
      notices: indexing.state === 'indexing' ? ['Photos are being indexed; more will be found later.'] : [],
    };
  }
}

function foundOf({ hits, nothingMatches, cursor, notices }: SearchDocument): FoundPhotos {
  const photos = hits.map(({ id, score, pMatch, band, stackSize, image }) => {
    const { takenAt, width, height } = image;
    return { id, place: placeOf(image), takenAt, width, height, score, pMatch, band, stackSize };
  });
  return { photos, nothingMatches, cursor, notices };
}

function placeOf({ path, folder, fileName }: Pick<ImageDocument, 'path' | 'folder' | 'fileName'>): string {
  return path ?? `${folder}/${fileName}`;
}
