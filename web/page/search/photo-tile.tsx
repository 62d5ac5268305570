/**
 * One photo of the list: a link to it, why it is here, and what can be done with it.
 * Source: our own. Deviation: none.
 */
import { memo, type MouseEvent } from 'react';
import type { HitDocument } from '../../schema/index.ts';
import { classNames } from '../parts/class-names.ts';
import { formatProbability } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Photo } from '../parts/photo.tsx';
import type { Cell } from './grid-layout.ts';
import { matchedText } from './matched-text.ts';

export interface TileActions {
  readonly addressOf: (id: number) => string;
  readonly onOpen: (id: number) => void;
  readonly onLike: (id: number) => void;
  readonly onUnlike: (id: number) => void;
  /** @param isRange with those between it and the one before */
  readonly onSelect: (id: number, isRange: boolean) => void;
  /** Whether a click chooses instead of opening. */
  readonly isChoosing: boolean;
}

interface TileProps {
  readonly hit: HitDocument;
  readonly cell: Cell;
  readonly count: number;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly actions: TileActions;
  readonly onActive: (index: number) => void;
}

export const PhotoTile = memo(function PhotoTile(props: TileProps) {
  const { hit, cell, count, isActive, isSelected, actions, onActive } = props;
  const { id, image, stackSize } = hit;
  const { index, left, top, width, height } = cell;
  const tabIndex = isActive ? 0 : -1;
  const open = (event: MouseEvent): void => {
    // With a key held down a link opens in another tab or window, as everywhere.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.shiftKey || actions.isChoosing) actions.onSelect(id, event.shiftKey);
    else actions.onOpen(id);
  };
  return (
    <li
      className={classNames('tile', isSelected && 'selected')}
      data-id={id}
      data-index={index}
      data-place={JSON.stringify({ left, top, width, height })}
      aria-setsize={count}
      aria-posinset={index + 1}
      style={{ width, height, transform: `translate(${left}px, ${top}px)` }}
      onFocus={() => onActive(index)}
    >
      <a href={actions.addressOf(id)} tabIndex={tabIndex} onClick={open}>
        <Photo image={image} isEager={index < 24} />
        <span className="tile-facts">
          <span className="tile-why">{whyOf(hit)}</span>
          <span className="tile-words">{matchedText(hit)}</span>
        </span>
      </a>
      <button
        type="button"
        role="checkbox"
        className="tile-check"
        aria-checked={isSelected}
        aria-label={`Choose ${image.fileName}`}
        tabIndex={tabIndex}
        onClick={(event) => actions.onSelect(id, event.shiftKey)}
      >
        <Icon name="check" />
      </button>
      {stackSize > 1 && (
        <span className="tile-stack" title={`${stackSize} photos: copies and look-alikes`}>
          <Icon name="copies" />
          {stackSize}
          <span className="visually-hidden"> photos: copies and look-alikes</span>
        </span>
      )}
      <span className="tile-actions">
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label={`More like ${image.fileName}`}
          title="More like this"
          onClick={() => actions.onLike(id)}
        >
          <Icon name="alike" />
        </button>
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label={`Not like ${image.fileName}`}
          title="Not this"
          onClick={() => actions.onUnlike(id)}
        >
          <Icon name="block" />
        </button>
      </span>
    </li>
  );
}, isSameTile);

/** Places are made anew with every layout; what counts is what they say. */
function isSameTile(one: TileProps, other: TileProps): boolean {
  const [a, b] = [one.cell, other.cell];
  return (
    one.hit === other.hit &&
    one.count === other.count &&
    one.isActive === other.isActive &&
    one.isSelected === other.isSelected &&
    one.actions === other.actions &&
    one.onActive === other.onActive &&
    a.index === b.index &&
    a.left === b.left &&
    a.top === b.top &&
    a.width === b.width &&
    a.height === b.height
  );
}

function whyOf({ pMatch, score }: HitDocument): string {
  if (pMatch !== null) return `${formatProbability(pMatch)} match`;
  return score === 0 ? '' : `likeness ${score.toFixed(3)}`;
}
