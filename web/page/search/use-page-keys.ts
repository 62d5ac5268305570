/**
 * Keys that work wherever the focus is.
 * Source: WCAG 2.1.4: single letters only where nobody types. Deviation: none.
 */
import { useEffect, useRef } from 'react';

interface PageKeys {
  /** Whether something lies over the page that has keys of its own. */
  readonly isQuiet: boolean;
  readonly onSearch: () => void;
  readonly onHelp: () => void;
  readonly onEscape: () => void;
  /** Letters for the photo that has the focus. */
  readonly onPhoto: Readonly<Record<string, (id: number) => void>>;
}

export function usePageKeys(keys: PageKeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { isQuiet, onSearch, onHelp, onEscape, onPhoto } = latest.current;
      if (isQuiet || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const { target, key } = event;
      const isTyping =
        target instanceof HTMLInputElement ||
        target instanceof HTMLTextAreaElement ||
        target instanceof HTMLSelectElement;
      if (isTyping) return;
      const photo = target instanceof Element ? target.closest<HTMLElement>('[data-id]') : null;
      const ofPhoto = photo === null ? undefined : onPhoto[key];
      if (key === '/') onSearch();
      else if (key === '?') onHelp();
      else if (key === 'Escape') onEscape();
      else if (ofPhoto !== undefined && photo !== null) ofPhoto(Number(photo.dataset['id']));
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
