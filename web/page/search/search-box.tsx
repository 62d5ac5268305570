/**
 * One box for words, a photo (dropped, pasted, picked), or both.
 * Source: our own. Deviation: none.
 */
import { useEffect, useRef, useState, type ClipboardEvent, type ReactNode, type RefObject } from 'react';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';

/** What a browser may offer in its dialog; the server reads more than a browser can show. */
const ACCEPTED = 'image/*,.heic,.heif,.cr2,.nef,.arw,.dng';

export function SearchBox({
  words,
  chips,
  hasParts,
  input,
  onWords,
  onPhoto,
  onDown,
}: {
  readonly words: string;
  /** Photos to look like or unlike, as chips. */
  readonly chips: ReactNode;
  readonly hasParts: boolean;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onWords: (words: string) => void;
  readonly onPhoto: (photo: File) => void;
  /** The arrow that leads to the photos. */
  readonly onDown: () => void;
}) {
  const [typed, setTyped] = useState(words);
  const picker = useRef<HTMLInputElement>(null);
  // Back, forward and examples change the words from outside.
  useEffect(() => {
    setTyped(words);
  }, [words]);

  const paste = (event: ClipboardEvent): void => {
    const photo = photoIn(event.clipboardData.files);
    if (photo === undefined) return;
    event.preventDefault();
    onPhoto(photo);
  };
  return (
    <form
      className="search-box"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onWords(typed.trim());
        // A phone's keyboard would cover the photos.
        if (matchMedia('(pointer: coarse)').matches) input.current?.blur();
      }}
    >
      <Icon name="search" />
      {hasParts && <div className="search-parts">{chips}</div>}
      <input
        id="query"
        ref={input}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        name="q"
        value={typed}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-label="What the photo shows"
        aria-keyshortcuts="/"
        placeholder={hasParts ? 'and words, if you like' : 'Words, or drop a photo here'}
        onChange={(event) => setTyped(event.target.value)}
        onPaste={paste}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' && !event.nativeEvent.isComposing) {
            event.preventDefault();
            onDown();
          }
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {typed !== '' && (
        <Button
          look="quiet"
          icon="close"
          label="Clear the words"
          onClick={() => {
            setTyped('');
            onWords('');
            input.current?.focus();
          }}
        />
      )}
      <input
        ref={picker}
        type="file"
        accept={ACCEPTED}
        hidden
        onChange={(event) => {
          const photo = photoIn(event.target.files);
          if (photo !== undefined) onPhoto(photo);
          event.target.value = '';
        }}
      />
      <Button
        look="quiet"
        icon="picture"
        label="Search with a photo of yours"
        onClick={() => picker.current?.click()}
      />
      <button type="submit" className="search-go" aria-label="Search">
        <Icon name="arrow" />
      </button>
    </form>
  );
}

export function photoIn(files: FileList | null): File | undefined {
  return [...(files ?? [])].find(
    ({ type, name }) => type.startsWith('image/') || /\.(?:hei[cf]|cr2|nef|arw|dng|tiff?)$/i.test(name),
  );
}
