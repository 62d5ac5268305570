/**
 * What the photos are stored as.
 * Source: our own. Deviation: none.
 */
import type { LibraryDocument } from '../../schema/index.ts';
import { Bar } from '../parts/bar.tsx';
import { formatBytes, formatCount } from '../parts/format.ts';
import { sharesOfLargest } from './shares.ts';

export function Formats({ formats }: { readonly formats: LibraryDocument['formats'] }) {
  const shares = sharesOfLargest(formats, ({ count }) => count);
  return (
    <section className="half" aria-labelledby="formats-title">
      <h2 id="formats-title">Formats</h2>
      <ul className="bars">
        {formats.map(({ format, count, bytes }, index) => (
          <li key={format}>
            <span>{format.toUpperCase()}</span>
            <Bar share={shares[index] ?? 0} />
            <span className="quiet">
              {formatCount(count, 'photo')} · {formatBytes(bytes)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
