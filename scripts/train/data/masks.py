"""What is hidden from the network: blocks of patches, and tokens.

Source: BEiT (Bao et al. 2021), algorithm 1 (block-wise masking); BEiT-3, section 2.2 (40 % of patches, 15 % of the tokens
of a text, 50 % of those beside a picture). Deviation: each picture hides the same number of patches.
"""
import math

import numpy as np
import torch

from data.captions import padded

_BLOCK_MIN = 4
"""Patches of the smallest block; the paper's 16 of 14 x 14 are 5 of 8 x 8."""
_ASPECT_MIN = 0.3
IGNORED = -100
"""Target of what is not asked for."""


def hidden_blocks(count: int, grid: int, share: float, random: np.random.Generator) -> torch.Tensor:
    """bool [count, grid²], `share` of each row True, in blocks."""
    total = grid * grid
    wanted = round(share * total)
    out = np.zeros((count, grid, grid), bool)
    for hidden in out:
        while hidden.sum() < wanted:
            area = random.uniform(_BLOCK_MIN, max(_BLOCK_MIN, wanted - hidden.sum()))
            aspect = math.exp(random.uniform(math.log(_ASPECT_MIN), -math.log(_ASPECT_MIN)))
            height = min(grid, max(1, round(math.sqrt(area * aspect))))
            width = min(grid, max(1, round(math.sqrt(area / aspect))))
            top, left = random.integers(grid - height + 1), random.integers(grid - width + 1)
            hidden[top : top + height, left : left + width] = True
        flat = hidden.reshape(-1)
        flat[random.choice(np.flatnonzero(flat), int(flat.sum()) - wanted, replace=False)] = False
    return torch.from_numpy(out.reshape(count, total))


def hidden_tokens(
    rows: list[list[int]], share: float, mask: int, random: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids int64 [B, T] with `share` of each row's inner tokens (at least one) replaced by `mask`, and the targets
    int64 [B, T]: the token where it was hidden, IGNORED elsewhere. <s> and </s> always stay."""
    shown = padded(rows)
    targets = torch.full_like(shown, IGNORED)
    for number, row in enumerate(rows):
        inner = len(row) - 2
        if inner < 1:
            continue
        chosen = 1 + random.choice(inner, max(1, round(share * inner)), replace=False)
        at = torch.from_numpy(np.sort(chosen))
        targets[number, at] = shown[number, at]
        shown[number, at] = mask
    return shown, targets
