/**
 * Step 3: captions, tags and catalogue lines, and their vectors.
 * Source: our own. Deviation: none.
 */
export const texts = `
`;
