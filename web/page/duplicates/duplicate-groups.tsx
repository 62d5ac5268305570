/**
 * Groups of duplicates, one below the other, and the photo of one that is looked at.
 * Source: our own. Deviation: none.
 */
import { lazy, Suspense, useState } from 'react';
import { formatNumber } from '../parts/format.ts';
import type { DuplicateGroup, DuplicateKind } from './duplicates-document.ts';
import { DuplicatePhoto } from './duplicate-photo.tsx';
import { photosOf, restOf, titleWords } from './group-words.ts';

const GroupLightbox = lazy(async () => ({ default: (await import('./group-lightbox.tsx')).GroupLightbox }));

/** Groups whose photos are loaded without waiting for the layout. */
const EAGER_GROUPS = 3;

interface Opened {
  readonly group: DuplicateGroup;
  readonly imageId: number;
}

export function DuplicateGroups({
  groups,
  kind,
}: {
  readonly groups: readonly DuplicateGroup[];
  readonly kind: DuplicateKind;
}) {
  const [opened, setOpened] = useState<Opened | null>(null);
  return (
    <>
      <ol className="groups" aria-label="Groups of duplicates">
        {groups.map((group, index) => (
          <Group
            key={group.id}
            group={group}
            kind={kind}
            isEager={index < EAGER_GROUPS}
            onOpen={(imageId) => setOpened({ group, imageId })}
          />
        ))}
      </ol>
      {opened !== null && (
        <Suspense>
          <GroupLightbox
            photos={photosOf(opened.group, kind)}
            imageId={opened.imageId}
            onClose={() => setOpened(null)}
          />
        </Suspense>
      )}
    </>
  );
}

function Group({
  group,
  kind,
  isEager,
  onOpen,
}: {
  readonly group: DuplicateGroup;
  readonly kind: DuplicateKind;
  readonly isEager: boolean;
  readonly onOpen: (imageId: number) => void;
}) {
  const titleId = `group-${group.id}`;
  const rest = restOf(group);
  return (
    <li className="group">
      <h2 id={titleId}>{titleWords(group, kind)}</h2>
      <ol className="group-photos" aria-labelledby={titleId}>
        {group.photos.map(({ image, copies }, place) => (
          <DuplicatePhoto
            key={image.id}
            image={image}
            copies={copies.length}
            kind={kind}
            isBest={place === 0 && kind === 'near'}
            isEager={isEager}
            onOpen={() => onOpen(image.id)}
          />
        ))}
        {rest > 0 && <li className="group-rest">and {formatNumber(rest)} more</li>}
      </ol>
    </li>
  );
}
