/**
 * A thumbnail that has its place before it is there.
 * Source: our own. Deviation: none.
 */
import { useState } from 'react';
import type { ImageDocument } from '../../schema/index.ts';
import { classNames } from './class-names.ts';

/**
 * @param props.alt what it shows, as far as one knows; default: the name of its file
 * @param props.size `large` where it stands more than some 320 pixels high
 */
export function Photo({
  image,
  alt,
  size = 'small',
  isEager = false,
}: {
  readonly image: Pick<ImageDocument, 'fileName' | 'thumbnail' | 'preview' | 'width' | 'height'>;
  readonly alt?: string;
  readonly size?: 'small' | 'large';
  readonly isEager?: boolean;
}) {
  const [state, setState] = useState<'coming' | 'there' | 'lost'>('coming');
  return (
    <span className={classNames('photo', state)}>
      <img
        src={size === 'large' ? image.preview : image.thumbnail}
        alt={alt ?? image.fileName}
        width={image.width}
        height={image.height}
        loading={isEager ? 'eager' : 'lazy'}
        decoding="async"
        draggable={false}
        onLoad={() => setState('there')}
        onError={() => setState('lost')}
      />
    </span>
  );
}
