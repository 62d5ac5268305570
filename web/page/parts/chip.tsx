/**
 * A small word that can be chosen or taken away: a filter, an example, a tag.
 * Source: our own. Deviation: none.
 */
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

interface ChipProps {
  readonly children: ReactNode;
  /** How many photos. */
  readonly count?: number | undefined;
  readonly onClick?: (() => void) | undefined;
  readonly isOn?: boolean | undefined;
}

/** Something to press; without `onClick` something to read. */
export function Chip({ children, count, onClick, isOn }: ChipProps) {
  const inside = (
    <>
      <span className="chip-text">{children}</span>
      {count !== undefined && <span className="chip-count">{count.toLocaleString('en')}</span>}
    </>
  );
  if (onClick === undefined) return <span className="chip">{inside}</span>;
  return (
    <button type="button" className="chip" aria-pressed={isOn} onClick={onClick}>
      {inside}
    </button>
  );
}

/** What is chosen now. @param props.label what is read out for taking it away */
export function RemovableChip({
  children,
  label,
  onRemove,
  before,
}: {
  readonly children: ReactNode;
  readonly label: string;
  readonly onRemove: () => void;
  readonly before?: ReactNode;
}) {
  return (
    <span className="chip chosen">
      {before}
      <span className="chip-text">{children}</span>
      <button type="button" className="chip-remove" aria-label={label} title={label} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </span>
  );
}
