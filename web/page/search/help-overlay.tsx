/**
 * All keys, and what one can type.
 * Source: query/language. Deviation: none.
 */
import { useEffect, useRef } from 'react';
import { Button } from '../parts/button.tsx';

const keys = [
  ['/', 'to the search box'],
  ['Enter', 'search; open the photo'],
  ['← → ↑ ↓', 'from photo to photo; in an open photo to the next'],
  ['x', 'choose the photo; with Shift and a click all up to it'],
  ['m', 'more like this photo'],
  ['n', 'not like this photo'],
  ['Esc', 'close, leave, choose none'],
  ['?', 'this help'],
] as const;

const phrases = [
  ['a red balloon over the sea', 'say in words what the photo shows'],
  ['beach -people', 'away from something'],
  ['dog +snow', 'towards something more'],
  ['"black cat" 2:window', 'a phrase; twice the weight'],
  ['taken:2025-06..2025-08', 'when: years, months, days, last:30d'],
  ['camera:canon or camera:nikon', 'one of two filters'],
  ['-has:caption folder:rome', 'what shall not hold, and where'],
  ['near:52.5,13.4,10km', 'where it was taken'],
] as const;

export function HelpOverlay({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      {isOpen && (
        <>
          <div className="help-head">
            <h2 id="help-title">Keys and words</h2>
            <Button look="quiet" icon="close" label="Close the help" onClick={onClose} />
          </div>
          <div className="help-columns">
            <dl className="help-keys">
              {keys.map(([key, meaning]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
            <dl>
              {phrases.map(([phrase, meaning]) => (
                <div key={phrase}>
                  <dt>
                    <code>{phrase}</code>
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </div>
        </>
      )}
    </dialog>
  );
}
