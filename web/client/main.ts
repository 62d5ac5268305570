/**
 * Starts the page and connects what the reader does with it.
 * Source: our own. Deviation: none.
 */
import { byId } from './element.ts';
import { moveFocus } from './hits.ts';
import { fillExamples } from './notices.ts';
import { Page } from './page.ts';

/** A pause in typing that is worth a search. */
const TYPING_PAUSE_MS = 220;
const SCORES_KEY = 'imglish.scores';

const input = byId('query', HTMLInputElement);
const list = byId('hits', HTMLOListElement);
const scores = byId('scores', HTMLButtonElement);
const page = new Page();

/** The words typed between two rests are one entry of the history, not one for every letter. */
let hasEntry = false;
let pause: ReturnType<typeof setTimeout> | undefined;

function searchTyped(): void {
  clearTimeout(pause);
  page.goTo(input.value, hasEntry ? 'replace' : 'push');
  hasEntry = true;
}

function endTyping(): void {
  searchTyped();
  hasEntry = false;
}

input.addEventListener('input', (event) => {
  clearTimeout(pause);
  // Letters that are still being composed, as in Japanese, are no words yet.
  if (event instanceof InputEvent && event.isComposing) return;
  pause = setTimeout(searchTyped, TYPING_PAUSE_MS);
});
input.addEventListener('change', endTyping);

byId('search-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  endTyping();
  // A phone's keyboard would cover the photos.
  if (matchMedia('(pointer: coarse)').matches) input.blur();
});

document.addEventListener('keydown', (event) => {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.key !== '/' || !isPlain || isTyping || document.querySelector('dialog[open]') !== null) return;
  event.preventDefault();
  input.focus();
  input.select();
});

list.addEventListener('keydown', (event) => moveFocus(list, event));
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  // With a key held down a link opens in another tab or window, as everywhere.
  if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const { id, stack, query } = link.dataset;
  if (id !== undefined || stack !== undefined) page.open(link);
  else if (link.dataset['page'] !== undefined) page.follow(link);
  else if (query !== undefined) page.goTo(query, 'push');
  else if (link.classList.contains('brand')) page.goTo('', 'push');
  else return;
  event.preventDefault();
});

function showScores(isShown: boolean): void {
  scores.setAttribute('aria-pressed', String(isShown));
  list.classList.toggle('with-scores', isShown);
}

scores.addEventListener('click', () => {
  const isShown = scores.getAttribute('aria-pressed') !== 'true';
  showScores(isShown);
  remember(SCORES_KEY, String(isShown));
});

/** Browsers may refuse to store anything; the wish then lasts as long as the page. */
function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

fillExamples();
showScores(recall(SCORES_KEY) === 'true');
page.start();
if (matchMedia('(pointer: fine)').matches && location.search === '') input.focus();
