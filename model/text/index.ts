/**
 * The tokenizer: words to token ids and back.
 * Source: our own contract. Deviation: none.
 */
export { padRows, specialIds, type PaddedRows } from './token-rows.ts';
export { Tokenizer, type EncodeOptions, type TokenizerOptions, type TokenRow } from './tokenizer.ts';
