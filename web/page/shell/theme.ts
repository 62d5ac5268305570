/**
 * Light or dark: as the system is, until somebody chooses.
 * Source: prefers-color-scheme. Deviation: none.
 */
import { useSyncExternalStore } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const KEY = 'imglish.theme';
const listeners = new Set<() => void>();
let current: Theme = recall();

/** Before anything is painted. */
export function applyTheme(): void {
  const { dataset } = document.documentElement;
  if (current === 'system') delete dataset['theme'];
  else dataset['theme'] = current;
}

export function chooseTheme(theme: Theme): void {
  current = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Browsers may refuse to store anything; the choice then lasts as long as the page.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function recall(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return themes.find((theme) => theme === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
