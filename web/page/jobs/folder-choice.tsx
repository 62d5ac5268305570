/**
 * Which folders to index: picked, or pasted as paths.
 * Source: our own. Deviation: none.
 */
import { useId, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { Button } from '../parts/button.tsx';
import { RemovableChip } from '../parts/chip.tsx';
import { foldersOf } from './folder-lines.ts';
import { FolderPicker } from './folder-picker.tsx';

export function FolderChoice({
  folders,
  hasFolders,
  onChange,
}: {
  readonly folders: readonly string[];
  readonly hasFolders: boolean;
  readonly onChange: (folders: readonly string[]) => void;
}) {
  const [text, setText] = useState('');
  const [refusal, setRefusal] = useState('');
  const [isPicking, setPicking] = useState(false);
  const id = useId();
  const add = (lines: string): void => {
    const { folders: found, wrong } = foldersOf(lines);
    onChange([...new Set([...folders, ...found])]);
    setText(wrong.join(' '));
    setRefusal(wrong.length === 0 ? '' : 'Write the whole path, from / or the letter of a drive on.');
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || text.trim() === '') return;
    event.preventDefault();
    add(text);
  };
  const onPaste = (event: ClipboardEvent): void => {
    const pasted = event.clipboardData.getData('text/plain');
    if (!pasted.trim().includes('\n')) return;
    event.preventDefault();
    add(pasted);
  };
  return (
    <div className="form-row">
      <label htmlFor={id}>
        {hasFolders ? 'Folders; none for those that were indexed before' : 'Folders'}
      </label>
      {folders.length > 0 && (
        <ul className="chosen-folders" aria-label="Chosen folders">
          {folders.map((folder) => (
            <li key={folder}>
              <RemovableChip
                label={`Leave out ${folder}`}
                onRemove={() => onChange(folders.filter((one) => one !== folder))}
              >
                {folder}
              </RemovableChip>
            </li>
          ))}
        </ul>
      )}
      <div className="path-line">
        <input
          id={id}
          className="field"
          value={text}
          placeholder="Paste a path, such as /home/anna/Pictures"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-invalid={refusal !== ''}
          aria-describedby={`${id}-refusal`}
          onChange={(event) => {
            setText(event.target.value);
            setRefusal('');
          }}
          onKeyDown={onKey}
          onPaste={onPaste}
        />
        <Button icon="plus" disabled={text.trim() === ''} onClick={() => add(text)}>
          Add
        </Button>
        <Button icon="folder" aria-expanded={isPicking} onClick={() => setPicking(!isPicking)}>
          Browse
        </Button>
      </div>
      <p id={`${id}-refusal`} className="job-error" role="alert">
        {refusal}
      </p>
      {isPicking && (
        <FolderPicker chosen={folders} onChoose={(folder) => onChange([...new Set([...folders, folder])])} />
      )}
    </div>
  );
}
