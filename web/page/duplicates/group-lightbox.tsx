/**
 * The photos of one group, one at a time and large.
 * Source: yet-another-react-lightbox. Deviation: none.
 */
import YetAnotherLightbox from 'yet-another-react-lightbox';
import 'yet-another-react-lightbox/styles.css';
import '../lightbox/lightbox.css';
import { Button } from '../parts/button.tsx';
import { formatBytes, formatNumber } from '../parts/format.ts';
import type { GroupPhoto } from './group-words.ts';

export function GroupLightbox({
  photos,
  imageId,
  onClose,
}: {
  readonly photos: readonly GroupPhoto[];
  /** Where it begins. */
  readonly imageId: number;
  readonly onClose: () => void;
}) {
  const start = photos.findIndex(({ image }) => image.id === imageId);
  return (
    <YetAnotherLightbox
      open
      close={onClose}
      index={Math.max(0, start)}
      slides={photos.map(({ image }) => ({
        src: image.preview,
        alt: image.fileName,
        width: image.width,
        height: image.height,
      }))}
      className="lightbox"
      carousel={{ finite: true, preload: 1, padding: '12px', spacing: '10%' }}
      animation={{ fade: 160, swipe: 220 }}
      controller={{ closeOnBackdropClick: true, closeOnPullDown: true }}
      labels={{
        Lightbox: 'Photo',
        'Photo gallery': 'Photos of the group',
        Carousel: 'Photos',
        Slide: 'Photo',
        Previous: 'Previous photo',
        Next: 'Next photo',
      }}
      toolbar={{
        buttons: [<Button key="close" look="quiet" icon="close" label="Close" onClick={onClose} />],
      }}
      render={{
        slideFooter: ({ slide }) => {
          const shown = photos.find(({ image }) => image.preview === ('src' in slide ? slide.src : ''));
          return shown === undefined ? null : <Facts photo={shown} />;
        },
      }}
    />
  );
}

function Facts({ photo: { image, relation } }: { readonly photo: GroupPhoto }) {
  const facts = [
    relation,
    image.folder,
    `${formatNumber(image.width)} × ${formatNumber(image.height)}`,
    formatBytes(image.bytes),
  ].filter((fact) => fact !== '');
  return (
    <div className="lightbox-facts">
      <strong>{image.fileName}</strong>
      <span>{facts.join(' · ')}</span>
      <a href={image.original} target="_blank" rel="noopener">
        Original
      </a>
    </div>
  );
}
