/**
 * What is customary for the data sets of papers: how many photos a split has, and whether folds are reported.
 * Source: Karpathy and Fei-Fei 2015 (splits). Deviation: none.
 */
import type { SplitName } from './split.ts';

export interface KnownDataset {
  /** for people */
  readonly title: string;
  /** photos; figures of fewer cannot be compared with those of papers */
  readonly photos: Readonly<Partial<Record<SplitName, number>>>;
  /** Papers report the mean of folds of so many photos beside the whole. */
  readonly foldPhotos?: number;
}

export const datasetNames = ['flickr30k', 'coco', 'flickr8k'] as const;
export type DatasetName = (typeof datasetNames)[number];

export const knownDatasets: Readonly<Record<DatasetName, KnownDataset>> = {
  flickr30k: { title: 'Flickr30k', photos: { test: 1000, val: 1014, dev: 1014, train: 29_000 } },
  coco: {
    title: 'COCO captions',
    photos: { test: 5000, val: 5000, dev: 5000, train: 113_287 },
    foldPhotos: 1000,
  },
  flickr8k: { title: 'Flickr8k', photos: { test: 1000, val: 1000, dev: 1000, train: 6000 } },
};
