/**
 * The texts that fit the photo, best first, and the line below which nothing is trusted.
 * Source: our own. Deviation: none.
 */
import { useState } from 'react';
import type { LookupDocument, LookupHitDocument } from '../../schema/index.ts';
import { ButtonLink, Button } from '../parts/button.tsx';
import { formatCount, formatSeconds } from '../parts/format.ts';
import { LookupHit } from './lookup-hit.tsx';
import { splitByTrust } from './match-words.ts';

/** @param props.hasLabels whether one's own labels were compared in place of the library's texts */
export function LookupAnswer({
  answer,
  hasLabels,
}: {
  readonly answer: LookupDocument;
  readonly hasLabels: boolean;
}) {
  const { texts, notices, timings } = answer;
  // Where no probability is known, the order is all there is.
  const isTold = texts.some(({ pMatch }) => pMatch !== null);
  const { trusted, rest } = isTold ? splitByTrust(texts) : { trusted: texts, rest: [] };
  return (
    <div className="lookup-answer">
      <p className="hint" role="status">
        {summaryOf(answer, trusted.length, isTold)} · {timeWords(timings.totalMs)}
      </p>
      {texts.length === 0 && !hasLabels && <NoTexts />}
      {notices
        .filter((notice) => texts.length > 0 || !notice.includes('has no texts yet'))
        .map((notice) => (
          <p key={notice} className="notice">
            {notice}
          </p>
        ))}
      {trusted.length > 0 && <Hits hits={trusted} all={texts} label="Texts that fit" />}
      {rest.length > 0 && (
        <Misses hits={rest} all={texts} isAlone={trusted.length === 0} hasLabels={hasLabels} />
      )}
    </div>
  );
}

function summaryOf({ nothingMatches, texts }: LookupDocument, trusted: number, isTold: boolean): string {
  if (texts.length === 0) return 'No texts to compare with';
  if (!isTold) return 'The nearest texts; this model cannot say how probable they are';
  return nothingMatches === true || trusted === 0
    ? 'Nothing fits'
    : `${formatCount(trusted, 'text')} may fit`;
}

function timeWords(ms: number): string {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : formatSeconds(ms / 1000);
}

function Hits({
  hits,
  all,
  label,
}: {
  readonly hits: readonly LookupHitDocument[];
  readonly all: readonly LookupHitDocument[];
  readonly label: string;
}) {
  return (
    <ol className="lookup-hits" aria-label={label}>
      {hits.map((hit) => (
        <LookupHit key={`${hit.rank} ${hit.text}`} hit={hit} all={all} />
      ))}
    </ol>
  );
}

/** What is nearest and still does not fit; shown on request only. */
function Misses({
  hits,
  all,
  isAlone,
  hasLabels,
}: {
  readonly hits: readonly LookupHitDocument[];
  readonly all: readonly LookupHitDocument[];
  readonly isAlone: boolean;
  readonly hasLabels: boolean;
}) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="misses">
      {isAlone && (
        <div className="nothing">
          <h2>Nothing here fits this photo</h2>
          <p>
            {hasLabels
              ? 'None of your words is probable enough to be trusted.'
              : 'None of these texts is probable enough to be trusted. Your own words may do better.'}
          </p>
        </div>
      )}
      <p className="trust-line">
        <Button aria-expanded={isShown} onClick={() => setShown(!isShown)}>
          {isShown
            ? 'Hide what does not fit'
            : `Show ${hits.length === 1 ? '1 text that hardly fits' : `${formatCount(hits.length, 'text')} that hardly fit`}`}
        </Button>
      </p>
      {isShown && <Hits hits={hits} all={all} label="Texts that hardly fit" />}
    </div>
  );
}

function NoTexts() {
  return (
    <div className="nothing">
      <h2>There are no texts to choose from</h2>
      <p>
        Tag your photos, or import captions with <code>imglish texts import</code>. Until then, type words of
        your own: Imglish says which of them fits.
      </p>
      <p>
        <ButtonLink icon="jobs" href="/jobs">
          Tag photos
        </ButtonLink>
      </p>
    </div>
  );
}
