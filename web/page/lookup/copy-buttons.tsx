/**
 * The answer, or the question, for use elsewhere.
 * Source: our own. Deviation: none.
 */
import type { LookupDocument } from '../../schema/index.ts';
import { useSession } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { copyText } from '../parts/clipboard.ts';
import { toast } from '../shell/toasts.tsx';
import { curlOf, type LookupWish } from './lookup-wish.ts';

export function CopyButtons({
  answer,
  wish,
  fileName,
}: {
  readonly answer: LookupDocument;
  readonly wish: LookupWish;
  /** null: a photo of the library */
  readonly fileName: string | null;
}) {
  const { data: session } = useSession();
  const curl = (): string =>
    curlOf(wish, { origin: globalThis.location.origin, fileName, needsKey: session?.needsKey === true });
  return (
    <div className="copy-buttons">
      <Button icon="copy" onClick={() => void copy('The answer', JSON.stringify(answer, null, 2))}>
        Copy JSON
      </Button>
      <Button icon="terminal" onClick={() => void copy('The command', curl())}>
        Copy as curl
      </Button>
    </div>
  );
}

async function copy(what: string, text: string): Promise<void> {
  if (await copyText(text)) toast(`${what} is in the clipboard`);
  else toast('This browser does not let a page write to the clipboard', 'problem');
}
