/**
 * Step 4: which generation was searched before this one.
 * Source: our own. Deviation: none.
 */
export const generationHistory = `
`;
