/**
 * All kinds, and the look-up by name.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../../model/index.ts';
import { animals } from './animals.ts';
import type { Kind } from './kind.ts';
import { people } from './people.ts';
import { things } from './things.ts';

export const kinds: readonly Kind[] = [...animals, ...people, ...things];

const byName = new Map(kinds.map((kind) => [kind.name, kind]));

/** @throws AppError INVALID_ARGUMENT for a name that is not in the catalogue. */
export function kindNamed(name: string): Kind {
  const kind = byName.get(name);
  if (kind === undefined) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `demo album: no kind is called "${name}"; see scripts/demo-album/catalogue`,
    );
  }
  return kind;
}
