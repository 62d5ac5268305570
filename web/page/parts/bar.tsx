/**
 * A length that shows a share. What it says stands beside it in words.
 * Source: our own. Deviation: none.
 */
import { classNames } from './class-names.ts';

/** @param props.share 0 to 1 */
export function Bar({ share, className }: { readonly share: number; readonly className?: string }) {
  return (
    <span className={classNames('bar', className)} aria-hidden="true">
      <span style={{ width: `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%` }} />
    </span>
  );
}
