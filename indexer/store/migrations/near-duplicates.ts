/**
 * Step 5: pairs of photos that look alike.
 * Source: our own. Deviation: none.
 */
export const nearDuplicates = `
`;
