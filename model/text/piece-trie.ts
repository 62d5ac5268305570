/**
 * The pieces of a vocabulary as a tree, for matching them against text.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../errors.ts';
import { ByteTrie } from './byte-trie.ts';
import { pieceBytes, type Vocabulary } from './vocabulary.ts';

/**
 * @param types only pieces of these types are in the tree (see `pieceType`); their ids are its values
 * @throws AppError TOKENIZER_INVALID where a piece is there twice
 */
export function buildPieceTrie(vocabulary: Vocabulary, types: readonly number[], name: string): ByteTrie {
  const trie = new ByteTrie();
  for (const [id, type] of vocabulary.types.entries()) {
    if (!types.includes(type)) continue;
    if (!trie.add(vocabulary.text, vocabulary.starts[id] ?? 0, vocabulary.starts[id + 1] ?? 0, id)) {
      const text = JSON.stringify(new TextDecoder().decode(pieceBytes(vocabulary, id)));
      throw new AppError(
        'TOKENIZER_INVALID',
        `${name}: piece ${id}, ${text}, is there twice, expected every piece once; the file is damaged, fetch it again`,
      );
    }
  }
  return trie;
}
