/**
 * Why a file was left out, and what helps, for people.
 * Source: the error codes of the engine. Deviation: none.
 */
import type { SkipDocument } from '../../schema/index.ts';

const reasons: Readonly<Record<string, string>> = {
  DISK_FULL: 'No room on the disk',
  FILE_NOT_FOUND: 'Not there any more',
  FILE_UNREADABLE: 'Cannot be opened',
  IMAGE_INVALID: 'Not a readable picture',
  IMAGE_TOO_LARGE: 'Too many pixels',
  INFERENCE_FAILED: 'The network failed on it',
  LIMIT_EXCEEDED: 'Too large a file',
  NOT_FOUND: 'Not in the library',
  TEXT_INVALID: 'Not a text',
  UNSUPPORTED: 'A format that cannot be read here',
};

/** A code in some words. */
export function reasonWords(code: string): string {
  return reasons[code] ?? sentence(code);
}

export interface SkipWords {
  /** The last part of the place. */
  readonly name: string;
  /** The rest of it; '' where there is none. */
  readonly folder: string;
  readonly reason: string;
  /** What was found and what helps, without the place that stands above it already. */
  readonly message: string;
}

export function skipWords({ place, code, message }: SkipDocument): SkipWords {
  const cut = Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\'));
  const rest = message.startsWith(`${place}: `) ? message.slice(place.length + 2) : message;
  return {
    name: place.slice(cut + 1),
    folder: cut <= 0 ? '' : place.slice(0, cut),
    reason: reasonWords(code),
    message: rest.charAt(0).toUpperCase() + rest.slice(1),
  };
}

/** `VECTOR_DAMAGED` → "Vector damaged" */
function sentence(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
