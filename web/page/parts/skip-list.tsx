/**
 * Files that were left out: which, why, and what helps.
 * Source: our own. Deviation: none.
 */
import { skipWords } from './skip-words.ts';
import type { SkipDocument } from '../../schema/index.ts';

export function SkipList({
  skips,
  label,
}: {
  readonly skips: readonly SkipDocument[];
  readonly label: string;
}) {
  return (
    <ul className="skip-list" aria-label={label}>
      {skips.map((skip, index) => (
        // One place can be named twice, with two reasons.
        <Skip key={`${index} ${skip.place}`} skip={skip} />
      ))}
    </ul>
  );
}

function Skip({ skip }: { readonly skip: SkipDocument }) {
  const { name, folder, reason, message } = skipWords(skip);
  return (
    <li>
      <p className="skip-place">
        <strong>{name}</strong>
        {folder !== '' && <span>{folder}</span>}
      </p>
      <p>
        <span className="tag warn">{reason}</span> {message}
      </p>
    </li>
  );
}
