/**
 * Names of classes, some only at times.
 * Source: our own. Deviation: none.
 */

export function classNames(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter((name) => typeof name === 'string' && name !== '').join(' ');
}
