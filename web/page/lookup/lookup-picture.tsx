/**
 * The photo that is asked about: dropped, pasted, picked, or one of the library.
 * Source: our own. Deviation: none.
 */
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import type { ImageDetailsDocument } from '../../schema/index.ts';
import { getJson } from '../api/request.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Photo } from '../parts/photo.tsx';
import { PictureCanvas } from './picture-canvas.tsx';
import type { LookupWish } from './lookup-wish.ts';

/** @param props.file where one from outside of the library is asked about; null: this browser has it no more */
export function LookupPicture({
  wish,
  file,
  onPicture,
}: {
  readonly wish: LookupWish;
  readonly file: File | null | undefined;
  readonly onPicture: (file: File) => void;
}) {
  const hasPicture = wish.id !== null || (wish.photo !== null && file !== null);
  return (
    <section className="lookup-picture" aria-label="Photo">
      {wish.id !== null && <LibraryPicture id={wish.id} />}
      {wish.photo !== null && file !== null && file !== undefined && <PictureCanvas file={file} />}
      {!hasPicture && (
        <div className="picture-drop">
          <Icon name="picture" />
          <p>
            <strong>
              {wish.photo === null ? 'Drop a photo here' : 'This photo is not in this browser any more'}
            </strong>
            or paste one. It goes to your own Imglish and nowhere else, and is not kept there.
          </p>
          <PickButton isMain onPicture={onPicture} />
        </div>
      )}
      {hasPicture && (
        <div className="picture-actions">
          <PickButton onPicture={onPicture} />
          <ButtonLink
            icon="alike"
            href={wish.id === null ? `/?photo=${wish.photo ?? ''}` : `/?like=${wish.id}`}
          >
            Photos like this
          </ButtonLink>
        </div>
      )}
    </section>
  );
}

function LibraryPicture({ id }: { readonly id: number }) {
  const { data: image, error } = useQuery({
    queryKey: ['image', id],
    queryFn: ({ signal }) => getJson<ImageDetailsDocument>(`/v1/images/${id}`, {}, { signal }),
  });
  if (error !== null) return <p className="hint">{error.message}</p>;
  if (image === undefined) return null;
  return (
    <figure style={{ aspectRatio: `${image.width} / ${image.height}` }}>
      <Photo image={image} size="large" isEager />
    </figure>
  );
}

function PickButton({
  onPicture,
  isMain = false,
}: {
  readonly onPicture: (file: File) => void;
  readonly isMain?: boolean;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon="picture" look={isMain ? 'main' : 'plain'} onClick={() => input.current?.click()}>
        {isMain ? 'Pick a photo' : 'Another photo'}
      </Button>
      <input
        ref={input}
        type="file"
        accept="image/*,.heic,.heif,.cr2,.nef,.arw,.dng"
        hidden
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file may be picked again.
          event.target.value = '';
          if (file !== undefined) onPicture(file);
        }}
      />
    </>
  );
}
