/**
 * Which texts are compared with the photo: those of the library by kind, or labels of one's own.
 * Source: our own. Deviation: none.
 */
import { useId, useState, type FormEvent } from 'react';
import { Button } from '../parts/button.tsx';
import { Chip } from '../parts/chip.tsx';
import { labelsOf, textKinds, type LookupWish, type TextKind } from './lookup-wish.ts';

export function LookupWishes({
  wish,
  onChange,
}: {
  readonly wish: LookupWish;
  readonly onChange: (changes: Partial<LookupWish>) => void;
}) {
  const toggle = (kind: TextKind): void => {
    const isOn = wish.kinds.includes(kind);
    const kinds = textKinds
      .map((one) => one.kind)
      .filter((one) => (one === kind ? !isOn : wish.kinds.includes(one)));
    // Without any there is nothing to compare with: the last one cannot be taken away.
    if (kinds.length > 0) onChange({ kinds });
  };
  const hasLabels = wish.labels.length > 0;
  return (
    <section className="lookup-wishes" aria-label="What to compare the photo with">
      {!hasLabels && (
        <div role="group" aria-label="Kinds of texts" className="kind-chips">
          {textKinds.map(({ kind, name }) => (
            <Chip key={kind} isOn={wish.kinds.includes(kind)} onClick={() => toggle(kind)}>
              {name}
            </Chip>
          ))}
          {wish.id !== null && (
            <Chip isOn={!wish.own} onClick={() => onChange({ own: !wish.own })}>
              Without its own texts
            </Chip>
          )}
        </div>
      )}
      <Labels key={wish.labels.join('\n')} labels={wish.labels} onChange={(labels) => onChange({ labels })} />
    </section>
  );
}

function Labels({
  labels,
  onChange,
}: {
  readonly labels: readonly string[];
  readonly onChange: (labels: readonly string[]) => void;
}) {
  const [text, setText] = useState(labels.join('\n'));
  const id = useId();
  const send = (event: FormEvent): void => {
    event.preventDefault();
    onChange(labelsOf(text));
  };
  return (
    <form className="labels" onSubmit={send}>
      <label htmlFor={id}>Or your own words, with commas or one a line</label>
      <textarea
        id={id}
        className="field"
        rows={3}
        value={text}
        placeholder="a beach, a birthday, our dog"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
            event.currentTarget.form?.requestSubmit();
        }}
      />
      <div className="label-actions">
        <Button type="submit" icon="words" disabled={text.trim() === ''}>
          Which of these fits?
        </Button>
        {labels.length > 0 && (
          <Button look="quiet" onClick={() => onChange([])}>
            Back to the library’s texts
          </Button>
        )}
      </div>
    </form>
  );
}
