/**
 * A contact sheet: the photos of an answer on one page of HTML that needs nothing else, not even this machine.
 * Source: our own. Deviation: none.
 *
 * Paths, captions and the query are the words of strangers. They go through `escaped`, and nothing else is put into the page;
 * its policy lets no script run and nothing be fetched, should something have slipped through all the same.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { thumbnailOf, type Library } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import type { EvidenceMap, SearchHit, SearchResponse } from '../../../query/index.ts';
import { evidenceLines, type ExplainedHit } from './explain-hits.ts';
import { matchText, untrustedFrom } from './print-hits.ts';

export interface SheetInput {
  /** What was typed. */
  readonly line: string;
  readonly response: SearchResponse;
  readonly explained: readonly ExplainedHit[];
}

/** Previews that are read at once. */
const READ_AT_ONCE = 8;

const STYLE = `
:root{color-scheme:light dark;--ink:#1c1c1a;--quiet:#6b6b66;--paper:#faf9f6;--line:#d9d6cd;--mark:#a33}
@media (prefers-color-scheme:dark){:root{--ink:#eceae4;--quiet:#a3a199;--paper:#141513;--line:#3a3b37;--mark:#e88}}
body{margin:2rem auto;max-width:84rem;padding:0 1rem;font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.3rem;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0;color:var(--quiet)}
ol{list-style:none;margin:1rem 0;padding:0;display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr))}
figure{margin:0}
.frame{position:relative;display:block}
img,.missing{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:color-mix(in srgb,var(--line) 40%,transparent)}
.missing{display:grid;place-items:center;color:var(--quiet)}
figcaption{font-size:.85rem;overflow-wrap:anywhere}
.band{font-weight:600}
.untrusted img{opacity:.55}
h2{border-top:2px solid var(--mark);color:var(--mark);padding-top:.5rem;font-size:1rem}
pre{font:10px/1 ui-monospace,monospace;margin:.25rem 0;color:var(--quiet)}
`;

/** @returns HTML; photos whose preview cannot be had are named without one */
export async function contactSheet(
  { line, response, explained }: SheetInput,
  { library, signal }: { readonly library: Library; readonly signal: AbortSignal },
): Promise<string> {
  const figures: string[] = [];
  for (let start = 0; start < response.hits.length; start += READ_AT_ONCE) {
    signal.throwIfAborted();
    const page = response.hits.slice(start, start + READ_AT_ONCE);
    const previews = await Promise.all(page.map(({ id }) => previewOf(library, id)));
    for (const [index, hit] of page.entries()) {
      figures.push(
        figureOf(hit, previews[index] ?? null, explained.find(({ id }) => id === hit.id)?.evidence),
      );
    }
  }
  const cut = untrustedFrom(response);
  const title = escaped(line === '' ? 'All photos of a filter' : line);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${summaryOf(response)
  .map((text) => `<p>${escaped(text)}</p>`)
  .join('\n')}
${listOf(figures.slice(0, cut), 'trusted')}
${cut < figures.length ? '<h2>Below this line nothing is to be trusted</h2>' : ''}
${listOf(figures.slice(cut), 'untrusted')}
</main>
</body>
</html>
`;
}

/** For text and for attributes in double quotation marks. Control characters have no place in a page. */
export function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text
    .replaceAll(/\p{Cc}|\p{Cs}/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => names[character] ?? '');
}

function summaryOf({ hits, nothingMatches, notices }: SearchResponse): string[] {
  const count = `${hits.length} ${hits.length === 1 ? 'photo' : 'photos'}, best first.`;
  const nothing = nothingMatches === true ? ['Nothing in this library matches; these come nearest.'] : [];
  return [count, ...nothing, ...notices];
}

function listOf(figures: readonly string[], kind: 'trusted' | 'untrusted'): string {
  return figures.length === 0 ? '' : `<ol class="${kind}">\n${figures.join('\n')}\n</ol>`;
}

function figureOf(hit: SearchHit, preview: Buffer | null, evidence: EvidenceMap | undefined): string {
  const { image, rank, band, stackSize } = hit;
  const name = escaped(path.basename(image.path));
  const picture =
    preview === null
      ? '<span class="missing">no preview</span>'
      : `<img src="data:image/webp;base64,${preview.toString('base64')}" alt="${name}">`;
  const facts = [
    ...(band === null ? [] : [`<span class="band">${escaped(band)}</span>`]),
    escaped(matchText(hit)),
    ...(image.takenAt === null ? [] : [escaped(image.takenAt.slice(0, 10))]),
    ...(stackSize > 1 ? [`${stackSize} photos`] : []),
  ];
  const why =
    evidence === undefined
      ? ''
      : `\n<pre aria-label="what speaks for it">${escaped(evidenceLines(evidence).join('\n')).replaceAll('\uFFFD', '\n')}</pre>`;
  return `<li><figure><span class="frame">${picture}</span><figcaption>${rank}. ${facts.join(' · ')}<br>${escaped(image.path)}${why}</figcaption></figure></li>`;
}

/** A photo that is gone is no reason to give up the page. */
async function previewOf(library: Library, id: number): Promise<Buffer | null> {
  try {
    return await readFile(await thumbnailOf(library, id, 'small'));
  } catch (error) {
    if (isAppError(error) || (error instanceof Error && 'code' in error)) return null;
    throw error;
  }
}
