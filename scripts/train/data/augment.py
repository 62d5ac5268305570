"""Random views of pictures: crop, mirror, light; and what the view does to teacher features and to labels.

Source: our own. A view is the same for the picture, its teacher grid and its labels, so targets stay true.
"""
from dataclasses import dataclass

import numpy as np
import torch

from network import kernels


@dataclass(frozen=True)
class View:
    """box float32 [B, 4] (x, y, width, height as shares), mirrored uint8 [B], gain and bias float32 [B, 3],
    kept int64 [B, K] patches or None for all."""

    box: torch.Tensor
    mirrored: torch.Tensor
    gain: torch.Tensor
    bias: torch.Tensor
    kept: torch.Tensor | None


def random_view(
    count: int,
    random: np.random.Generator,
    *,
    smallest: float,
    mirror: np.ndarray,
    light: float,
    patches: int,
    kept: int,
) -> View:
    """`smallest`: least area of a crop; `mirror` bool [count]: may be mirrored; `light`: strength of recolouring."""
    area = random.uniform(smallest, 1, count)
    aspect = np.exp(random.uniform(np.log(3 / 4), np.log(4 / 3), count))
    width, height = np.minimum(np.sqrt(area * aspect), 1), np.minimum(np.sqrt(area / aspect), 1)
    x, y = random.random(count) * (1 - width), random.random(count) * (1 - height)
    box = np.stack([x, y, width, height], 1).astype(np.float32)
    mirrored = (mirror & (random.random(count) < 0.5)).astype(np.uint8)
    contrast = random.uniform(1 - light, 1 + light, (count, 1))
    gain = (contrast * random.uniform(1 - light / 4, 1 + light / 4, (count, 3))).astype(np.float32)
    bias = np.repeat(random.uniform(-0.7 * light, 0.7 * light, (count, 1)), 3, 1).astype(np.float32)
    order = None
    if kept < patches:
        order = torch.from_numpy(np.sort(random.random((count, patches)).argsort(1)[:, :kept], 1))
    return View(*(torch.from_numpy(np.ascontiguousarray(a)) for a in (box, mirrored, gain, bias)), order)


def shifted(view: View) -> View:
    """The views of the pictures before, but the kept patches as they were: for joining two pictures."""
    rolled = (torch.roll(part, 1, 0) for part in (view.box, view.mirrored, view.gain, view.bias))
    return View(*rolled, view.kept)


def whole_view(count: int) -> View:
    """All of every picture, as it is."""
    box = torch.tensor([0.0, 0.0, 1.0, 1.0]).repeat(count, 1)
    ones, zeros = torch.ones(count, 3), torch.zeros(count, 3)
    return View(box, torch.zeros(count, dtype=torch.uint8), ones, zeros, None)


def patches_of(pictures: torch.Tensor, index: np.ndarray, view: View, side: int, patch: int) -> torch.Tensor:
    """bfloat16 [B, K, 3PP] of pictures[index]."""
    at = torch.from_numpy(np.ascontiguousarray(index, np.int64))
    return kernels.crop_patches(
        pictures, at, view.box, view.mirrored, view.gain, view.bias, view.kept, side, patch
    )  # fmt: skip


def exact_patches(pictures: np.ndarray, patch: int) -> torch.Tensor:
    """float32 [B, (S / P)², 3PP] of uint8 [B, S, S, 3] in -1 … 1: what the engine feeds, for evaluation."""
    batch, side = pictures.shape[:2]
    grid = side // patch
    x = torch.from_numpy(pictures).float() / 127.5 - 1
    return x.view(batch, grid, patch, grid, patch, 3).permute(0, 1, 3, 5, 2, 4).reshape(batch, grid * grid, -1)


def viewed_grid(grid: torch.Tensor, view: View, cells: int) -> torch.Tensor:
    """Teacher grid [B, 49, C] seen through the views: [B, cells², C], bilinear. bfloat16."""
    across, down = _axes(view, cells)
    weights = _bilinear(down, 7)[:, :, None, :, None] * _bilinear(across, 7)[:, None, :, None, :]
    return torch.bmm(weights.reshape(len(grid), cells * cells, 49).bfloat16(), grid.bfloat16())


def viewed_labels(labels: torch.Tensor, view: View, cells: int) -> torch.Tensor:
    """Label map [B, M, M, C] sampled at the middle of each patch: [B, cells², C]."""
    size = labels.shape[1]
    across, down = (axis.mul(size).long().clamp(0, size - 1) for axis in _axes(view, cells))
    rows = torch.arange(len(labels))[:, None, None]
    return labels[rows, down[:, :, None], across[:, None, :]].flatten(1, 2)


def viewed_boxes(boxes: torch.Tensor, view: View) -> torch.Tensor:
    """Boxes [B, n, 4] as shares of the view; parts outside stay outside."""
    x, y, width, height = boxes.unbind(-1)
    left, top, w, h = (view.box[:, i : i + 1] for i in range(4))
    x, width = (x - left) / w, width / w
    x = torch.where(view.mirrored[:, None].bool(), 1 - x - width, x)
    return torch.stack([x, (y - top) / h, width, height / h], -1)


def _axes(view: View, cells: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Middles of the cells of the view in shares of the picture: across and down, [B, cells] each."""
    middle = (torch.arange(cells) + 0.5) / cells
    across = torch.where(view.mirrored[:, None].bool(), 1 - middle, middle)
    return across * view.box[:, 2:3] + view.box[:, :1], middle * view.box[:, 3:4] + view.box[:, 1:2]


def _bilinear(at: torch.Tensor, cells: int) -> torch.Tensor:
    place = (at * cells - 0.5).clamp(0, cells - 1)
    return (1 - (place[..., None] - torch.arange(cells)).abs()).clamp(min=0)
