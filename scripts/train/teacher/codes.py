"""The visual tokenizer: each cell of a teacher grid is one of 1,024 codes, the nearest of as many directions.

Codes are what masked patches are asked for, as words are of masked tokens. The directions are fitted once, on cells of
training photos only, and kept in `.training/teacher/codes.npy`, float32 [CODES, WIDTH], unit length.
Source: BEiT v2 (Peng et al. 2022), codes of a teacher's features by cosine. Deviation: spherical k-means instead of a
trained quantiser with a decoder; with features that are fixed, both choose the nearest direction.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

import places
from teacher.features import WIDTH, features

CODES = 1024
FILE = places.WORK / "teacher" / "codes.npy"
_CELLS = 160_000
_ROUNDS = 15


def main() -> None:
    if FILE.exists():
        return
    grids = [features("flickr-train"), features("coco")]
    random = np.random.default_rng(5)
    cells = []
    for grid in grids:
        chosen = random.choice(len(grid) * grid.shape[1], _CELLS // len(grids), replace=False)
        cells.append(np.array(grid).reshape(-1, WIDTH)[np.sort(chosen)])
    directions, used = fitted(torch.from_numpy(np.concatenate(cells)), CODES, _ROUNDS, random)
    partial = places.made("teacher", "codes.part")
    with open(partial, "wb") as stream:
        np.save(stream, directions.numpy())
    os.replace(partial, FILE)
    print(f"codes: {CODES} directions, perplexity {used:.0f}", flush=True)


def fitted(cells: torch.Tensor, count: int, rounds: int, random: np.random.Generator) -> tuple[torch.Tensor, float]:
    """Directions float32 [count, C] of cells [N, C], and the perplexity of their use. A direction that nothing is near to
    moves to a cell that is far from its own."""
    cells = F.normalize(cells.float(), dim=1)
    directions = cells[torch.from_numpy(random.choice(len(cells), count, replace=False))].clone()
    for _ in range(rounds):
        code, nearness = nearest(cells, directions)
        sums = torch.zeros_like(directions).index_add_(0, code, cells)
        empty = torch.bincount(code, minlength=count) == 0
        sums[empty] = cells[nearness.argsort()[: int(empty.sum())]]
        directions = F.normalize(sums, dim=1)
    share = torch.bincount(nearest(cells, directions)[0], minlength=count).float() / len(cells)
    return directions, float(torch.exp(-(share * torch.log(share.clamp(min=1e-12))).sum()))


def nearest(cells: torch.Tensor, directions: torch.Tensor, size: int = 8192) -> tuple[torch.Tensor, torch.Tensor]:
    """Of cells [N, C]: the number of the nearest direction int64 [N], and its cosine times the cell's length float32 [N]."""
    wide = directions.T.bfloat16()
    best = [(part.bfloat16() @ wide).float().max(1) for part in cells.split(size)]
    return torch.cat([one.indices for one in best]), torch.cat([one.values for one in best])


def codes(grid: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """int64 [B, P] of a viewed teacher grid [B, P, C]."""
    return nearest(grid.flatten(0, 1), directions)[0].view(grid.shape[:2])


def loaded() -> torch.Tensor:
    """float32 [CODES, WIDTH]; made by `main` first."""
    return torch.from_numpy(np.load(FILE))
