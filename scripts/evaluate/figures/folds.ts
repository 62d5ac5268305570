/**
 * The mean over parts of a set, each searched alone: COCO's "1K" beside its "5K".
 * Source: the evaluation of VSE++ (Faghri et al. 2018): five folds of 1,000 photos each, in the order of the file.
 * Deviation: all captions of a photo count, as in the whole set (VSE++ takes five of each).
 */
import { recallCuts, type BothWays, type RecallCut, type RecallFigures } from '../../../model/index.ts';

/** Where the folds of a set begin and end; photos behind the last whole fold are left out. */
export function foldRanges(photos: number, foldPhotos: number): { start: number; end: number }[] {
  return Array.from({ length: Math.floor(photos / foldPhotos) }, (_, fold) => ({
    start: fold * foldPhotos,
    end: (fold + 1) * foldPhotos,
  }));
}

/** Every figure on its own. The list is not empty. */
export function meanFigures(folds: readonly RecallFigures[]): RecallFigures {
  const mean = (of: (figures: RecallFigures) => number) =>
    folds.reduce((sum, figures) => sum + of(figures), 0) / folds.length;
  const bothWays = (of: (figures: RecallFigures) => BothWays<number>): BothWays<number> => ({
    imageToText: mean((figures) => of(figures).imageToText),
    textToImage: mean((figures) => of(figures).textToImage),
  });
  const byCut = (way: keyof BothWays<unknown>) =>
    Object.fromEntries(recallCuts.map((cut) => [cut, mean((figures) => figures[way][cut])])) as Record<
      RecallCut,
      number
    >;
  return {
    imageToText: byCut('imageToText'),
    textToImage: byCut('textToImage'),
    average: mean(({ average }) => average),
    rsum: mean(({ rsum }) => rsum),
    medianRank: bothWays(({ medianRank }) => medianRank),
    meanRank: bothWays(({ meanRank }) => meanRank),
  };
}
