/**
 * How a graph is built and searched: what insertion, memory and recall are traded with.
 * Source: measured, see below. Deviation: none.
 */

/*
 * Measured on 8,090 photographs and 1,000 captions (192 numbers each; recall against the exact index). Captions lie
 * aside of all photos, which is harder for a graph than photos looking for photos. Insertion is that of the graph alone.
 *
 *    M   efConstruction   inserted/s   recall@10 at ef 32, 64, 128   recall@50 at ef 128, 256   ms at ef 128
 *   16        100            9,600        0.976, 0.996, 0.9992          0.997, 0.9995               0.12
 *   16        200            5,300        0.981, 0.998, 0.9997          0.998, 0.9997               0.12
 *   32        200            6,400        0.985, 0.998, 0.9999          0.999, 0.9998               0.11
 *
 * On 100,000 made-up vectors (scripts/bench/synthetic-vectors.ts) and 300 queries that lie aside of them as captions do:
 * recall@10. What M gives, a larger `ef` gives as well; what efConstruction takes away, it gives back only in part.
 *
 *   numbers    M   efConstruction   ef 128   ef 256   ef 320   ef 384   ef 512
 *     256     16        100         0.971    0.993
 *     256     16        200         0.980    0.994
 *     256     24        200         0.983    0.994
 *     256     32        200         0.984    0.995
 *     768     16        100         0.964    0.985    0.987    0.988    0.992
 *     768     16        200         0.973    0.986    0.993    0.995    0.996
 */

export const hnswDefaults = {
  /** Links per point. 32 doubles the memory of the links (8 bytes each) for recall that a larger `ef` gives too. */
  m: 16,
  /** Candidates while inserting: decides the quality of the graph for good, costs only at insertion. */
  efConstruction: 200,
  /** Candidates while searching, at least: for ten neighbours among 100,000, see above; a search takes a millisecond. */
  efMin: 384,
  /** The last of k neighbours are often missed where it is near k. */
  efPerNeighbour: 2,
} as const;
