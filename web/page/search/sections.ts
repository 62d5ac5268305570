/**
 * Where the bands of relevance begin, and where the line is below which nothing is trusted.
 * Source: query/calibration. Deviation: none.
 */
import type { HitDocument } from '../../schema/index.ts';

export interface Section {
  /** Stable while the list grows. */
  readonly key: string;
  readonly kind: 'band' | 'cutoff' | 'rest';
  /** Read out as a heading; '' for none. */
  readonly title: string;
  /** Behind the title. */
  readonly note: string;
  readonly start: number;
  readonly end: number;
}

const bandTitles = {
  certain: 'Certain',
  likely: 'Likely',
  maybe: 'Maybe',
  unlikely: 'Unlikely',
} as const;

/**
 * @param trusted hits above the line; null where there is none
 * @param isCertain whether the line is one of probabilities, not only of likeness
 */
export function sectionsOf(
  hits: readonly Pick<HitDocument, 'band'>[],
  trusted: number | null,
  isCertain: boolean,
): readonly Section[] {
  const sections: Section[] = [];
  let start = 0;
  for (let index = 0; index <= hits.length; index += 1) {
    const isEnd = index === hits.length;
    const isTurn = index > 0 && !isEnd && (hits[index]?.band !== hits[index - 1]?.band || index === trusted);
    if (index > start && (isEnd || isTurn)) {
      sections.push(sectionOf(hits[start]?.band ?? null, start, index, trusted, isCertain));
      start = index;
    }
  }
  return sections;
}

function sectionOf(
  band: HitDocument['band'],
  start: number,
  end: number,
  trusted: number | null,
  isCertain: boolean,
): Section {
  if (trusted !== null && start === trusted) {
    return {
      key: 'cutoff',
      kind: 'cutoff',
      title: isCertain
        ? 'Below this line nothing is to be trusted'
        : 'Below this line photos only look a little alike',
      note: band === null ? '' : bandTitles[band].toLowerCase(),
      start,
      end,
    };
  }
  if (band === null) {
    // The ranking that nobody has read beside the words: without a heading where it is all there is.
    const title = start === 0 ? '' : 'Not read beside the words';
    return { key: `rest-${start}`, kind: 'rest', title, note: '', start, end };
  }
  return { key: `${band}-${start}`, kind: 'band', title: bandTitles[band], note: '', start, end };
}
