/**
 * The photos of a query as chips: one from outside, one of the library, and those it shall not look like.
 * Source: our own. Deviation: drawn on a canvas, because the page's policy allows no pictures but the server's.
 */
import { useEffect, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { ImageDocument } from '../../schema/index.ts';
import { getJson } from '../api/request.ts';
import { RemovableChip } from '../parts/chip.tsx';
import { Icon } from '../parts/icon.tsx';
import { photoOf } from './photo-shelf.ts';
import type { SearchState } from './search-state.ts';
import type { Go } from './use-search-state.ts';

/** Twice as many pixels as it is high, for fine screens. */
const CANVAS_SIDE = 64;

export function QueryParts({ state, go }: { readonly state: SearchState; readonly go: Go }) {
  const { photo, like, unlike } = state;
  return (
    <>
      {photo !== null && <OutsidePhoto photo={photo} onRemove={() => go({ photo: null })} />}
      {like !== null && photo === null && (
        <LibraryPhoto id={like} sign="like" onRemove={() => go({ like: null })} />
      )}
      {unlike.map((id) => (
        <LibraryPhoto
          key={id}
          id={id}
          sign="not"
          onRemove={() => go({ unlike: unlike.filter((one) => one !== id) })}
        />
      ))}
    </>
  );
}

function OutsidePhoto({ photo, onRemove }: { readonly photo: string; readonly onRemove: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [name, setName] = useState('a photo');
  useEffect(() => {
    let isCurrent = true;
    const draw = async (): Promise<void> => {
      const file = await photoOf(photo);
      if (file === undefined || !isCurrent) return;
      setName(file.name);
      const bitmap = await createImageBitmap(file);
      const context = canvas.current?.getContext('2d');
      if (isCurrent && context) {
        const side = Math.min(bitmap.width, bitmap.height);
        const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
        context.drawImage(bitmap, left, top, side, side, 0, 0, CANVAS_SIDE, CANVAS_SIDE);
      }
      bitmap.close();
    };
    // What a browser cannot draw (HEIC, RAW) the server may read all the same.
    draw().catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [photo]);
  return (
    <RemovableChip
      label={`Take away the photo ${name}`}
      onRemove={onRemove}
      before={<canvas ref={canvas} className="part-photo" width={CANVAS_SIDE} height={CANVAS_SIDE} />}
    >
      {name}
    </RemovableChip>
  );
}

function LibraryPhoto({
  id,
  sign,
  onRemove,
}: {
  readonly id: number;
  readonly sign: 'like' | 'not';
  readonly onRemove: () => void;
}) {
  const { data } = useQuery({
    queryKey: ['image', id],
    queryFn: ({ signal }) => getJson<ImageDocument>(`/v1/images/${id}`, {}, { signal }),
  });
  const name = data?.fileName ?? `photo ${id}`;
  return (
    <RemovableChip
      label={sign === 'like' ? `No longer like ${name}` : `No longer away from ${name}`}
      onRemove={onRemove}
      before={
        <>
          {sign === 'not' && <Icon name="block" />}
          {data !== undefined && <img className="part-photo" src={data.thumbnail} alt="" />}
        </>
      }
    >
      {sign === 'like' ? `like ${name}` : `not ${name}`}
    </RemovableChip>
  );
}
