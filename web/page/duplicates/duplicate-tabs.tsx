/**
 * Which kind of duplicates is shown.
 * Source: our own. Deviation: links, not ARIA tabs: each kind has an address.
 */
import { Link } from 'wouter';
import type { DuplicateKind } from './duplicates-document.ts';

const kinds: readonly { readonly kind: DuplicateKind; readonly name: string; readonly href: string }[] = [
  { kind: 'exact', name: 'Exact copies', href: '/duplicates' },
  { kind: 'near', name: 'Look-alikes', href: '/duplicates?kind=near' },
];

export function DuplicateTabs({ kind }: { readonly kind: DuplicateKind }) {
  return (
    <nav className="tabs" aria-label="Kinds of duplicates">
      {kinds.map((one) => (
        <Link key={one.kind} href={one.href} aria-current={one.kind === kind ? 'page' : undefined}>
          {one.name}
        </Link>
      ))}
    </nav>
  );
}
