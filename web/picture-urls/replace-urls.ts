/**
 * Photos that a request names by their address become the photos themselves, before anything else looks at the request.
 * Source: our own. Deviation: none.
 */
import { HttpProblem } from '../errors.ts';

export type FetchUrl = (address: string, options: { readonly signal: AbortSignal }) => Promise<Uint8Array>;

/** Of one request. */
const URLS_MAX = 4;

type Fields = Readonly<Record<string, unknown>>;

/**
 * `{url}` in `image`, `positive[].image` and `negative[].image` to `{dataUri}`; all else stays as it is.
 * @param fetchUrl null: addresses are not fetched
 * @throws HttpProblem INVALID_ARGUMENT, AppError as `fetchPicture`
 */
export async function replaceUrls(
  body: unknown,
  fetchUrl: FetchUrl | null,
  signal: AbortSignal,
): Promise<unknown> {
  if (!isFields(body)) return body;
  const parts = [...partsOf(body['positive']), ...partsOf(body['negative'])];
  const images = [body, ...parts].map((holder) => holder['image']).filter((image) => isUrl(image));
  if (images.length === 0) return body;
  if (fetchUrl === null) throw isOff();
  if (images.length > URLS_MAX) throw tooMany(images.length);
  const fetched = new Map<unknown, Fields>();
  // One after the other: what is in memory is one picture and what its text takes.
  for (const image of images) {
    const bytes = await fetchUrl(image.url, { signal });
    // What the bytes are, the decoder finds out.
    fetched.set(image, { dataUri: `data:image/x-fetched;base64,${Buffer.from(bytes).toString('base64')}` });
  }
  const replaced = (holder: Fields): Fields => ({
    ...holder,
    ...(fetched.has(holder['image']) && { image: fetched.get(holder['image']) }),
  });
  const list = (value: unknown): unknown =>
    Array.isArray(value) ? value.map((one: unknown) => (isFields(one) ? replaced(one) : one)) : value;
  return {
    ...replaced(body),
    ...('positive' in body && { positive: list(body['positive']) }),
    ...('negative' in body && { negative: list(body['negative']) }),
  };
}

function partsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter((one) => isFields(one)) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUrl(value: unknown): value is { readonly url: string } {
  return isFields(value) && typeof value['url'] === 'string' && Object.keys(value).length === 1;
}

function isOff(): HttpProblem {
  return new HttpProblem(
    'INVALID_ARGUMENT',
    400,
    'image.url: this server fetches no addresses; send the picture itself, or start it with --allow-image-urls',
  );
}

function tooMany(count: number): HttpProblem {
  return new HttpProblem(
    'INVALID_ARGUMENT',
    400,
    `image.url: found ${count} addresses, expected at most ${URLS_MAX}`,
  );
}
