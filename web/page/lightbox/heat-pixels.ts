/**
 * Falls of a score as a veil over a photo: what counts is clear, what does not is dark.
 * Source: our own. Deviation: none.
 */

/** Of the veil where nothing speaks for the words. */
const VEIL = 205;

/** @param values -1 to 1, row by row. @returns RGBA */
export function heatPixels(values: readonly number[]): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, index) => {
    const heat = Math.min(1, Math.max(0, value));
    // A breath of the evening sun where it is hottest, night where it is cold.
    const [red, green, blue, alpha] =
      heat > 0.75 ? [255, 176, 84, (heat - 0.75) * 200] : [10, 14, 20, VEIL * (1 - heat / 0.75)];
    pixels.set([red, green, blue, alpha], index * 4);
  });
  return pixels;
}
