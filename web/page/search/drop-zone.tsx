/**
 * The whole page takes a dropped photo, and one that is pasted anywhere.
 * Source: HTML drag and drop, clipboard events. Deviation: none.
 */
import { useEffect, useRef, useState } from 'react';
import { photoIn } from './search-box.tsx';

/** @param props.words shown while one is held above the page */
export function DropZone({
  words = 'Drop the photo to search with it',
  onPhoto,
}: {
  readonly words?: string;
  readonly onPhoto: (photo: File) => void;
}) {
  const [isOver, setIsOver] = useState(false);
  const handler = useRef(onPhoto);
  handler.current = onPhoto;
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    document.addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setIsOver(true);
      },
      { signal },
    );
    document.addEventListener(
      'dragleave',
      // Only where the pointer leaves the window, not from one element to the next.
      (event) => {
        if (event.relatedTarget === null) setIsOver(false);
      },
      { signal },
    );
    document.addEventListener(
      'drop',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setIsOver(false);
        const photo = photoIn(event.dataTransfer?.files ?? null);
        if (photo !== undefined) handler.current(photo);
      },
      { signal },
    );
    document.addEventListener(
      'paste',
      (event) => {
        if (event.defaultPrevented || event.target instanceof HTMLInputElement) return;
        const photo = photoIn(event.clipboardData?.files ?? null);
        if (photo !== undefined) handler.current(photo);
      },
      { signal },
    );
    return () => controller.abort();
  }, []);
  if (!isOver) return null;
  return (
    <div className="drop-zone" aria-hidden="true">
      <p>{words}</p>
    </div>
  );
}
