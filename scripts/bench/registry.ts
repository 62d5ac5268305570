/**
 * The sections that there are, in the order in which they run. A new one is added here.
 * Source: our own. Deviation: none.
 */
import type { BenchSection } from './section.ts';
import { baseSection } from './sections/base.ts';
import { facetsSection } from './sections/facets.ts';
import { memorySection } from './sections/memory.ts';
import { nanoSection } from './sections/nano.ts';
import { overloadSection } from './sections/overload.ts';
import { pageSection } from './sections/page.ts';
import { pipelineSection } from './sections/pipeline.ts';
import { preprocessSection } from './sections/preprocess.ts';
import { rerankSection } from './sections/rerank.ts';
import { searchSection } from './sections/search.ts';
import { serverSection } from './sections/server.ts';
import { storageSection } from './sections/storage.ts';
import { vectorsSection } from './sections/vectors.ts';
import { wordsSection } from './sections/words.ts';
import { workersSection } from './sections/workers.ts';

export const sections: readonly BenchSection[] = [
  nanoSection,
  preprocessSection,
  baseSection,
  memorySection,
  storageSection,
  vectorsSection,
  searchSection,
  facetsSection,
  wordsSection,
  rerankSection,
  pipelineSection,
  workersSection,
  serverSection,
  pageSection,
  overloadSection,
];
