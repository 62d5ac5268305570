/**
 * Inks to light, as the official code's image library does it: without any colour profile.
 * Source: Pillow's CMYK to RGB conversion (light = (1 - black) - ink x (1 - black)). Deviation: none.
 */

/**
 * @param inks uint8 [pixels, 4]: cyan, magenta, yellow, black; 0 is no ink
 * @returns uint8 [pixels, 3]: red, green, blue
 */
export function cmykToRgb(inks: Uint8Array): Uint8Array {
  const pixels = inks.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const light = 255 - (inks[pixel * 4 + 3] as number);
    for (let channel = 0; channel < 3; channel += 1) {
      rgb[pixel * 3 + channel] = light - byteProduct(inks[pixel * 4 + channel] as number, light);
    }
  }
  return rgb;
}

/** a x b / 255, rounded, for bytes: exact without a division. */
function byteProduct(a: number, b: number): number {
  const product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}
