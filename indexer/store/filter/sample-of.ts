/**
 * Numbers that lie all over a range and follow no pattern: ids to judge a library by.
 * Source: Cochran, Sampling Techniques (one of each stratum); Appleby's MurmurHash3 (its finalizer). Deviation: none.
 */

/**
 * The same ones each time, in rising order; all where they are no more than `count`. Equal steps would meet every second photo of
 * a folder in which the camera writes two files each time, and so would steps of the golden ratio (measured: 37 % of a
 * million instead of 50).
 */
export function sampleOf(first: number, last: number, count: number): number[] {
  const size = last - first + 1;
  if (size <= count) return Array.from({ length: Math.max(0, size) }, (_, place) => first + place);
  const width = size / count;
  return Array.from({ length: count }, (_, stratum) =>
    Math.min(last, Math.floor(first + (stratum + scattered(stratum)) * width)),
  );
}

/** 0 to 1 */
function scattered(number: number): number {
  let bits = Math.imul(number + 1, 0x9e_37_79_b9);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85_eb_ca_6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2_b2_ae_35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
