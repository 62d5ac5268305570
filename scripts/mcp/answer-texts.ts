/**
 * Answers as an assistant reads them: short lines, one for each photo or text.
 * Source: our own. Deviation: none.
 */
import type { FoundPhoto, FoundPhotos, FoundTexts, LibrarySummary, PhotoDetails } from './photo-source.ts';

/** Of a text that was written about a photo. */
const TEXT_CHARACTERS_MAX = 500;

export function photosText({ photos, nothingMatches, cursor, notices }: FoundPhotos): string {
  const lines = photos.map((photo, index) => `${index + 1}. ${photoLine(photo)}`);
  if (photos.length === 0) lines.push('No photo was found.');
  if (nothingMatches === true) lines.push('Most likely none of these is what was asked for.');
  lines.push(...notices);
  if (cursor !== null) lines.push(`More: the same again with cursor "${cursor}".`);
  return lines.join('\n');
}

export function textsText({ texts, nothingMatches, notices }: FoundTexts): string {
  const lines = texts.map(({ text, kinds, score, pMatch, own }) => {
    const told = own ? ', said of this very photo' : '';
    return `- ${cut(text)} (${kinds.join(', ') || 'text'}, ${matchText(score, pMatch)}${told})`;
  });
  if (texts.length === 0) lines.push('No text belongs to it.');
  if (nothingMatches === true) lines.push('Most likely none of these belongs to the picture.');
  return [...lines, ...notices].join('\n');
}

export function detailsText({ id, place, width, height, takenAt, details, texts }: PhotoDetails): string {
  const told = Object.entries(details).filter(
    ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return [
    `photo ${id}: ${place}, ${width} × ${height} pixels${takenAt === null ? '' : `, taken ${takenAt}`}`,
    ...told.map(
      ([name, value]) => `${name}: ${cut(Array.isArray(value) ? value.join(', ') : String(value))}`,
    ),
    ...texts.map(({ kind, text }) => `${kind}: ${cut(text)}`),
  ].join('\n');
}

export function libraryText({ photos, folders, model, notices }: LibrarySummary): string {
  return [
    `${photos} photos, searched with the model "${model}".`,
    ...folders.map((folder) => `folder: ${folder}`),
    ...notices,
  ].join('\n');
}

function photoLine({
  id,
  place,
  takenAt,
  width,
  height,
  score,
  pMatch,
  band,
  stackSize,
}: FoundPhoto): string {
  return [
    `photo ${id}`,
    place,
    ...(takenAt === null ? [] : [`taken ${takenAt.slice(0, 10)}`]),
    `${width} × ${height}`,
    matchText(score, pMatch) + (band === null ? '' : ` (${band})`),
    ...(stackSize > 1 ? [`stands for ${stackSize} alike`] : []),
  ].join(', ');
}

/** A cosine is no probability, so the two are never written alike. */
function matchText(score: number, pMatch: number | null): string {
  return pMatch === null ? `score ${score.toFixed(3)}` : `matches with ${Math.round(pMatch * 100)} %`;
}

function cut(text: string): string {
  return text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…` : text;
}
