/**
 * One text that was found: what it says, how probable it is, and who says so.
 * Source: our own. Deviation: none.
 */
import { Link } from 'wouter';
import type { LookupHitDocument } from '../../schema/index.ts';
import { Bar } from '../parts/bar.tsx';
import { formatCount } from '../parts/format.ts';
import { barOf, matchLabel, matchWords } from './match-words.ts';

const kindNames: Readonly<Record<LookupHitDocument['kinds'][number], string>> = {
  caption: 'caption',
  tag: 'tag',
  line: 'catalogue',
};

export function LookupHit({
  hit,
  all,
}: {
  readonly hit: LookupHitDocument;
  readonly all: readonly LookupHitDocument[];
}) {
  const { text, kinds, own, band, linkCount } = hit;
  return (
    <li className="lookup-hit">
      <div className="hit-match">
        <Bar share={barOf(hit, all)} className={band ?? ''} />
        <span aria-hidden="true">{matchWords(hit)}</span>
        <span className="visually-hidden">{matchLabel(hit)}</span>
      </div>
      <div>
        <p className="hit-text">
          <Link href={`/?q=${encodeURIComponent(text)}`} title="Find photos of this">
            {text}
          </Link>
        </p>
        <p className="hit-facts">
          {band !== null && <span className={`tag ${band === 'maybe' ? 'warn' : ''}`}>{band}</span>}
          {kinds.map((kind) => (
            <span key={kind} className="tag plain">
              {kindNames[kind]}
            </span>
          ))}
          {own && <span className="tag plain">said of this photo</span>}
          {linkCount > 0 && <span>{sourceWords(hit)}</span>}
        </p>
      </div>
    </li>
  );
}

/** `captions.csv, 3 places` */
function sourceWords({ links, linkCount }: LookupHitDocument): string {
  const sources = [
    ...new Set(links.map(({ source, key }) => sourceName(source) + (key === null ? '' : ` ${key}`))),
  ];
  const [first = ''] = sources;
  return linkCount === 1 ? first : `${first}${first === '' ? '' : ', '}${formatCount(linkCount, 'place')}`;
}

function sourceName(source: string): string {
  if (source === 'embedded') return 'written in a photo';
  if (source.startsWith('tags:')) return 'given by Imglish';
  return source.split(/[/\\]/).at(-1) ?? source;
}
