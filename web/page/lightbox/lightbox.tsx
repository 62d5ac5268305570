/**
 * One photo as large as it fits, with what is known of it beside it.
 * Source: yet-another-react-lightbox. Deviation: dark in both themes, because a photo is seen best with nothing bright
 * beside it.
 */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import YetAnotherLightbox, { type Slide } from 'yet-another-react-lightbox';
import Zoom from 'yet-another-react-lightbox/plugins/zoom';
import 'yet-another-react-lightbox/styles.css';
import type { HitDocument, ImageDetailsDocument, ImageDocument } from '../../schema/index.ts';
import { getJson } from '../api/request.ts';
import { Button, ToggleButton } from '../parts/button.tsx';
import { DetailsPanel } from './details-panel.tsx';
import { HeatSlide } from './heat-map.tsx';
import './lightbox.css';

/** What every browser shows; of the others there is the preview. */
const SHOWN_FORMATS = new Set(['jpeg', 'png', 'webp', 'gif', 'avif']);
/** The longer side of a preview, pixels. */
const PREVIEW_SIDE = 1024;
/** Photos before the last one at which more are asked for. */
const PHOTOS_AHEAD = 5;
const PANEL_KEY = 'imglish.panel';

export interface LightboxProps {
  readonly view: number;
  readonly hits: readonly HitDocument[];
  /** '' for none */
  readonly words: string;
  readonly isSelected: boolean;
  readonly onView: (id: number) => void;
  readonly onClose: () => void;
  readonly onLike: (id: number) => void;
  readonly onUnlike: (id: number) => void;
  readonly onSelect: (id: number) => void;
  /** Of the photos that are there: more are wanted. */
  readonly onEnd: () => void;
}

export function Lightbox(props: LightboxProps) {
  const { view, hits, words, isSelected, onView, onClose, onLike, onUnlike, onSelect, onEnd } = props;
  const place = hits.findIndex(({ id }) => id === view);
  // A photo of a sent link may stand far down the list, or not in it.
  const alone = useQuery({
    queryKey: ['image', view],
    queryFn: ({ signal }) => getJson<ImageDetailsDocument>(`/v1/images/${view}`, {}, { signal }),
    enabled: place < 0,
  });
  useEffect(() => {
    if (place < 0 && alone.isError) onClose();
  }, [place, alone.isError, onClose]);
  useEffect(() => {
    if (place >= 0 && place >= hits.length - PHOTOS_AHEAD) onEnd();
  }, [place, hits.length, onEnd]);
  const images = useMemo<readonly ImageDocument[]>(
    () => (place >= 0 ? hits.map(({ image }) => image) : alone.data === undefined ? [] : [alone.data]),
    [place, hits, alone.data],
  );
  const slides = useMemo(() => images.map((image) => slideOf(image)), [images]);
  const [isPanelOpen, setIsPanelOpen] = useState(recallPanel);
  const [showsHeat, setShowsHeat] = useState(false);
  const index = Math.max(0, place);
  const image = images[index];
  const togglePanel = useCallback(() => {
    setIsPanelOpen((isOpen) => {
      rememberPanel(!isOpen);
      return !isOpen;
    });
  }, []);
  if (image === undefined) return null;
  return (
    <YetAnotherLightbox
      open
      close={onClose}
      index={index}
      slides={slides}
      plugins={[Zoom]}
      className={isPanelOpen ? 'lightbox with-panel' : 'lightbox'}
      carousel={{ finite: true, preload: 1, padding: '12px', spacing: '10%' }}
      animation={{ fade: 160, swipe: 220 }}
      controller={{ closeOnBackdropClick: true, closeOnPullDown: true }}
      zoom={{ maxZoomPixelRatio: 2, scrollToZoom: true }}
      labels={{
        Lightbox: 'Photo',
        'Photo gallery': 'Photos found',
        Carousel: 'Photos',
        Slide: 'Photo',
        Previous: 'Previous photo',
        Next: 'Next photo',
      }}
      on={{
        view: ({ index: next }) => {
          const shown = images[next];
          if (shown !== undefined && shown.id !== view) onView(shown.id);
        },
      }}
      toolbar={{
        buttons: [
          ...(words === ''
            ? []
            : [
                <ToggleButton
                  key="heat"
                  look="quiet"
                  icon="heat"
                  label="Show which part speaks for the words"
                  isOn={showsHeat}
                  onClick={() => setShowsHeat(!showsHeat)}
                />,
              ]),
          <ToggleButton
            key="select"
            look="quiet"
            icon="check"
            label="Choose this photo"
            isOn={isSelected}
            onClick={() => onSelect(image.id)}
          />,
          <ToggleButton
            key="panel"
            look="quiet"
            icon="info"
            label="What is known of it"
            isOn={isPanelOpen}
            onClick={togglePanel}
          />,
          'zoom',
          <Button key="close" look="quiet" icon="close" label="Close" onClick={onClose} />,
        ],
      }}
      render={{
        ...(showsHeat && {
          slide: ({ slide, offset }) =>
            offset === 0 ? <HeatSlide key={image.id} image={image} words={words} slide={slide} /> : undefined,
        }),
        controls: () =>
          isPanelOpen && (
            <DetailsPanel
              key={image.id}
              image={image}
              hit={hits[place]}
              position={place >= 0 ? { place: place + 1, count: hits.length } : null}
              onLike={onLike}
              onUnlike={onUnlike}
              onView={onView}
            />
          ),
      }}
    />
  );
}

function slideOf(image: ImageDocument): Slide {
  const { width, height, preview, original, fileName } = image;
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(width, height, 1));
  const small = { src: preview, width: Math.round(width * scale), height: Math.round(height * scale) };
  const large = { src: original, width, height };
  return {
    src: preview,
    alt: fileName,
    width,
    height,
    srcSet: scale < 1 && SHOWN_FORMATS.has(image.format) ? [small, large] : [small],
  };
}

function recallPanel(): boolean {
  try {
    const stored = localStorage.getItem(PANEL_KEY);
    return stored === null ? matchMedia('(min-width: 60rem)').matches : stored === 'open';
  } catch {
    return true;
  }
}

function rememberPanel(isOpen: boolean): void {
  try {
    localStorage.setItem(PANEL_KEY, isOpen ? 'open' : 'closed');
  } catch {
    // Browsers may refuse to store anything; the wish then lasts as long as the page.
  }
}
