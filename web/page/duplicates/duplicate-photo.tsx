/**
 * One photo of a group: a click looks at it here, with Ctrl or the middle button in a tab of its own.
 * Source: our own. Deviation: none.
 */
import type { MouseEvent } from 'react';
import type { ImageDocument } from '../../schema/index.ts';
import { formatBytes, formatCount, formatNumber } from '../parts/format.ts';
import { Photo } from '../parts/photo.tsx';
import type { DuplicateKind } from './duplicates-document.ts';

/** Panoramas and towers stay pictures that one can see. */
const [RATIO_MIN, RATIO_MAX] = [0.6, 2.4];

export function DuplicatePhoto({
  image,
  copies,
  kind,
  isBest,
  isEager,
  onOpen,
}: {
  readonly image: ImageDocument;
  /** Exact copies that stand under it. */
  readonly copies: number;
  readonly kind: DuplicateKind;
  readonly isBest: boolean;
  readonly isEager: boolean;
  readonly onOpen: () => void;
}) {
  const onClick = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen();
  };
  const ratio = Math.min(RATIO_MAX, Math.max(RATIO_MIN, image.width / image.height));
  return (
    <li style={{ width: `${ratio * 10}rem` }}>
      <a className="group-photo" href={image.original} data-id={image.id} onClick={onClick}>
        <span className="group-frame">
          {/* The name stands below it; said twice it would only be longer. */}
          <Photo image={image} alt="" isEager={isEager} />
          {isBest && <span className="tag best">Largest</span>}
        </span>
        <span className="group-name">{image.fileName}</span>
        <span className="group-facts">{kind === 'exact' ? image.folder : sizeWords(image)}</span>
        {copies > 0 && (
          <span className="group-facts">and {formatCount(copies, 'exact copy', 'exact copies')}</span>
        )}
      </a>
    </li>
  );
}

function sizeWords({ width, height, bytes }: ImageDocument): string {
  return (
    [`${formatNumber(width)} × ${formatNumber(height)}`, formatBytes(bytes)]
      // A number and its unit stay on one line.
      .map((part) => part.replaceAll(' ', '\u00A0'))
      .join(' · ')
  );
}
