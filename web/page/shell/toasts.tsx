/**
 * Short notes that come and go: what was done, and what went wrong beside the way.
 * Source: WAI-ARIA, live regions. Deviation: none.
 */
import { useSyncExternalStore } from 'react';
import { asProblem } from '../api/problem.ts';
import { Icon } from '../parts/icon.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'note' | 'problem';
}

const STAYS_MS = 6000;
const TOASTS_MAX = 4;

const listeners = new Set<() => void>();
let toasts: readonly Toast[] = [];
let lastId = 0;

export function toast(text: string, kind: Toast['kind'] = 'note'): void {
  lastId += 1;
  const id = lastId;
  set([...toasts.filter((one) => one.text !== text), { id, text, kind }].slice(-TOASTS_MAX));
  setTimeout(() => dismiss(id), STAYS_MS);
}

export function toastProblem(error: unknown): void {
  const { title, message } = asProblem(error);
  toast(`${title}: ${message}`, 'problem');
}

export function Toasts() {
  const all = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {all.map(({ id, text, kind }) => (
        <p key={id} className={`toast ${kind}`}>
          <span>{text}</span>
          <button
            type="button"
            className="button quiet round"
            aria-label="Dismiss"
            onClick={() => dismiss(id)}
          >
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  );
}

function dismiss(id: number): void {
  set(toasts.filter((one) => one.id !== id));
}

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
