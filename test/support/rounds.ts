/**
 * How often a test that draws its moments or places at random does so.
 * Source: our own. Deviation: none.
 */

/**
 * A few rounds find what is broken always or often, and keep a run of all tests short; `npm test -- --thorough` looks
 * for what is broken seldom.
 */
export function rounds(usual: number, thorough: number): number {
  return process.env['IMGLISH_TEST_THOROUGH'] === '1' ? thorough : usual;
}
