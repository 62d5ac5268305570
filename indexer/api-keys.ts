/**
 * Keys as somebody writes them down: `read:<key>` or `admin:<key>`. No message repeats a part of one.
 * Source: our own. Deviation: none.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError, messageOf } from '../model/index.ts';

/** `read`: search and look; `admin`: also what changes something. */
export type ApiScope = 'read' | 'admin';

export interface ApiKey {
  readonly scope: ApiScope;
  readonly key: string;
}

/** Of random letters that is more than can be tried out over a network. */
const CHARACTERS_MIN = 16;
const CHARACTERS_MAX = 1000;
/** A sixteenfold "x" is long, too. */
const DIFFERENT_MIN = 8;
const KEYS_MAX = 1000;

const REMEDY = 'make one with: openssl rand -hex 24';

/** `read:<key>,admin:<key>` to keys. */
export const apiKeysSchema = z.string().transform((text, context): ApiKey[] => {
  const parsed = parseKeys(text.split(','));
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

/**
 * One key a line; empty lines and those that begin with # are passed over.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, INVALID_ARGUMENT
 */
export async function readApiKeys(file: string): Promise<ApiKey[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new AppError(
      isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `${file}: cannot be read (${messageOf(error)}); --api-keys-file names a file with one key a line, read:<key> or admin:<key>`,
      { cause: error },
    );
  }
  const parsed = parseKeys(text.split(/\r?\n/).filter((line) => !line.trimStart().startsWith('#')));
  if (typeof parsed !== 'string' && parsed.length > 0) return parsed;
  const what =
    typeof parsed === 'string' ? parsed : 'expected a key, read:<key> or admin:<key>, on some line';
  throw new AppError('INVALID_ARGUMENT', `${file}: ${what}`);
}

/** @returns a message where one of them is no key */
function parseKeys(parts: readonly string[]): ApiKey[] | string {
  const wanted = parts.map((part) => part.trim()).filter((part) => part !== '');
  if (wanted.length > KEYS_MAX) return `found ${wanted.length} keys, expected at most ${KEYS_MAX}`;
  const keys: ApiKey[] = [];
  for (const [at, part] of wanted.entries()) {
    const found = parseKey(part);
    if (typeof found === 'string') return `key ${at + 1} of ${wanted.length}: ${found}`;
    if (keys.some(({ key }) => key === found.key))
      return `key ${at + 1} of ${wanted.length}: stands there twice`;
    keys.push(found);
  }
  return keys;
}

function parseKey(text: string): ApiKey | string {
  const [, scope, key] = /^(read|admin):(.*)$/s.exec(text) ?? [];
  if (scope === undefined || key === undefined) return 'expected read:<key> or admin:<key>';
  // Only what may stand in a header as it is.
  if (!/^[\w.~+/=-]+$/.test(key)) return 'expected letters, digits and - . _ ~ + / = only';
  if (key.length < CHARACTERS_MIN || key.length > CHARACTERS_MAX)
    return `found ${key.length} characters, expected ${CHARACTERS_MIN} to ${CHARACTERS_MAX}; ${REMEDY}`;
  const different = new Set(key).size;
  if (different < DIFFERENT_MIN)
    return `found ${different} different characters, expected ${DIFFERENT_MIN} or more; ${REMEDY}`;
  return { scope: scope as ApiScope, key };
}
