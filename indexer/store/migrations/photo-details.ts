/**
 * Step 2: what a camera and a program wrote into a photo: camera, lens, exposure, place, captions, keywords.
 * Source: our own. Deviation: none.
 */
export const photoDetails = `
`;
