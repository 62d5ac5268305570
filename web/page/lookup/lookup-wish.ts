/**
 * What a lookup is asked for: kept in the address, sent to the server, and written as a command for a shell.
 * Source: our own. Deviation: none.
 */
import type { LookupHitDocument } from '../../schema/index.ts';

export type TextKind = NonNullable<LookupHitDocument['kind']>;

export const textKinds: readonly { readonly kind: TextKind; readonly name: string }[] = [
  { kind: 'caption', name: 'Captions' },
  { kind: 'tag', name: 'Tags' },
  { kind: 'line', name: 'Catalogue lines' },
];

export interface LookupWish {
  /** Of a photo of the library; null where none, or another, is asked for. */
  readonly id: number | null;
  /** Of a photo from outside of the library, as this browser keeps it (see photo-shelf). */
  readonly photo: string | null;
  /** All of them: no restriction. */
  readonly kinds: readonly TextKind[];
  /** Whether texts that are said of the photo itself are found too. */
  readonly own: boolean;
  /** In place of the library's texts; none: the library's. */
  readonly labels: readonly string[];
}

/** Texts that are shown at most. */
const TEXTS_MAX = 40;
/** As the server takes them. */
const LABELS_MAX = 10_000;
/** Longer addresses are cut off by mail programs and chats. */
const ADDRESS_LABELS_MAX = 1500;

const allKinds = textKinds.map(({ kind }) => kind);

/** @param search the part of an address after its `?` */
export function wishOf(search: string): LookupWish {
  const query = new URLSearchParams(search);
  const id = /^[1-9]\d{0,14}$/.exec(query.get('id') ?? '')?.[0];
  const named = (query.get('kinds') ?? '').split(',');
  const kinds = allKinds.filter((kind) => named.includes(kind));
  return {
    id: id === undefined ? null : Number(id),
    photo: id === undefined ? (/^[0-9a-z]{1,64}$/.exec(query.get('photo') ?? '')?.[0] ?? null) : null,
    kinds: kinds.length === 0 ? allKinds : kinds,
    own: query.get('own') !== 'no',
    labels: labelsOf(query.get('labels') ?? ''),
  };
}

/** @returns '' or `?…` */
export function addressOf({ id, photo, kinds, own, labels }: LookupWish): string {
  const query = new URLSearchParams();
  if (id !== null) query.set('id', String(id));
  else if (photo !== null) query.set('photo', photo);
  if (kinds.length < allKinds.length) query.set('kinds', kinds.join(','));
  if (!own) query.set('own', 'no');
  const joined = labels.join('\n');
  if (joined !== '' && joined.length <= ADDRESS_LABELS_MAX) query.set('labels', joined);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** One a line; on a single line commas separate them. */
export function labelsOf(text: string): readonly string[] {
  const separator = text.trim().includes('\n') ? /\r?\n/ : ',';
  const labels = text
    .split(separator)
    .map((label) => label.trim())
    .filter((label) => label !== '');
  return [...new Set(labels)].slice(0, LABELS_MAX);
}

/** What stands beside the picture in the request; without what the server assumes anyway. */
export function wishBody({ kinds, own, labels }: LookupWish): Readonly<Record<string, unknown>> {
  return {
    ...(labels.length === 0 && kinds.length < allKinds.length && { kinds }),
    ...(labels.length === 0 && !own && { own: false }),
    ...(labels.length > 0 && { texts: labels }),
    limit: TEXTS_MAX,
  };
}

/**
 * The same question from a shell.
 * @param options.fileName of a dropped picture; null: a photo of the library
 */
export function curlOf(
  wish: LookupWish,
  options: { readonly origin: string; readonly fileName: string | null; readonly needsKey: boolean },
): string {
  const { origin, fileName, needsKey } = options;
  const key = needsKey ? ` \\\n  -H "X-Api-Key: $IMGLISH_API_KEY"` : '';
  const address = `curl ${quoted(`${origin}/v1/lookup`)}${key}`;
  const body = wishBody(wish);
  if (fileName === null) {
    const json = JSON.stringify({ image: { id: wish.id }, ...body });
    return `${address} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(json)}`;
  }
  // curl's own quotes, inside of the shell's: a name may hold a comma or a semicolon.
  const file = `image=@"${fileName.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return `${address} \\\n  -F ${quoted(file)} \\\n  -F ${quoted(`request=${JSON.stringify(body)}`)}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
