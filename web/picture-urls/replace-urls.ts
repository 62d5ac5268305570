/**
 * Photos that a request names by their address become the photos themselves, before anything else looks at the request.
 * Source: our own. Deviation: none.
 */
import { HttpProblem } from '../errors.ts';

export type FetchUrl = (address: string, options: { readonly signal: AbortSignal }) => Promise<Uint8Array>;

/** Of one request. */
const URLS_MAX = 4;

type Fields = Readonly<Record<string, unknown>>;

/** Fields whose value, or each member of it, may hold a picture as `image`. */
const HOLDERS = ['positive', 'negative', 'query', 'input', 'documents'];

/**
 * `{url}` to `{dataUri}` in `image`, in each of `images`, and in the `image` of `HOLDERS`; all else stays as it is.
 * @param fetchUrl null: addresses are not fetched
 * @throws HttpProblem INVALID_ARGUMENT, AppError as `fetchPicture`
 */
export async function replaceUrls(
  body: unknown,
  fetchUrl: FetchUrl | null,
  signal: AbortSignal,
): Promise<unknown> {
  if (!isFields(body)) return body;
  const found: { readonly url: string }[] = [];
  changePictures(body, (image) => {
    if (isUrl(image)) found.push(image);
    return image;
  });
  if (found.length === 0) return body;
  if (fetchUrl === null) throw isOff();
  if (found.length > URLS_MAX) throw tooMany(found.length);
  const fetched = new Map<unknown, Fields>();
  // One after the other: what is in memory is one picture and what its text takes.
  for (const image of found) {
    const bytes = await fetchUrl(image.url, { signal });
    // What the bytes are, the decoder finds out.
    fetched.set(image, { dataUri: `data:image/x-fetched;base64,${Buffer.from(bytes).toString('base64')}` });
  }
  return changePictures(body, (image) => fetched.get(image) ?? image);
}

/** A copy of the body with `change` of every picture that stands where requests may have one. */
function changePictures(body: Fields, change: (image: unknown) => unknown): Fields {
  const held = (one: unknown): unknown =>
    isFields(one) && 'image' in one ? { ...one, image: change(one['image']) } : one;
  const holders = HOLDERS.filter((name) => name in body).map((name) => [name, each(body[name], held)]);
  return {
    ...body,
    ...('image' in body && { image: change(body['image']) }),
    ...('images' in body && { images: each(body['images'], change) }),
    ...Object.fromEntries(holders),
  };
}

function each(value: unknown, work: (one: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map((one: unknown) => work(one)) : work(value);
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
