/**
 * What the library takes on its disk, and what is left there. The photos themselves stay where they are.
 * Source: our own. Deviation: none.
 */
import type { LibraryDocument } from '../../schema/index.ts';
import { Bar } from '../parts/bar.tsx';
import { formatBytes } from '../parts/format.ts';
import { sharesOfLargest } from './shares.ts';

/** Less is a reason to worry: an index run writes some of it. */
const LITTLE_BYTES = 2_000_000_000;

export function Disk({ disk }: { readonly disk: LibraryDocument['disk'] }) {
  const parts = [
    { name: 'Database', bytes: disk.databaseBytes },
    { name: 'Search index', bytes: disk.indexBytes },
    { name: 'Previews', bytes: disk.thumbnailBytes },
  ];
  const shares = sharesOfLargest(parts, ({ bytes }) => bytes ?? 0);
  const isLittle = disk.freeBytes < LITTLE_BYTES;
  return (
    <section className="half" aria-labelledby="disk-title">
      <h2 id="disk-title">Disk</h2>
      <ul className="bars">
        {parts.map(({ name, bytes }, index) => (
          <li key={name}>
            <span>{name}</span>
            <Bar share={shares[index] ?? 0} className="sun" />
            <span className="quiet">{bytes === null ? 'not counted' : formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
      <p className="hint">
        {isLittle && <span className="tag warn">little room</span>} {formatBytes(disk.freeBytes)} are free on
        this disk.
      </p>
    </section>
  );
}
