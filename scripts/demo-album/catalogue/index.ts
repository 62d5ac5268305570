/**
 * The kinds of things an album may show.
 * Source: our own. Deviation: none.
 */
export * from './kind.ts';
export { kinds, kindNamed } from './kinds.ts';
