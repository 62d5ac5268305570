"""Small helpers of training, thrown away afterwards: they turn what is known about a picture into a unit vector of
the space that texts live in, so that the image tower has something exact to imitate.

Source: our own. `PhotoReader` reads frozen teacher features, `SceneReader` the truth about a painted scene.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from data.scenes import COLOURS, TIMES, Words
from teacher.features import WIDTH


class PhotoReader(nn.Module):
    """Teacher grid [B, 49, WIDTH] → [B, D]: a wide layer per cell, pooled by its mean and by learnt attention."""

    def __init__(self, width: int, inner: int = 768, pools: int = 6):
        super().__init__()
        self.wide = nn.Linear(WIDTH, inner)
        self.attention = nn.Linear(WIDTH, pools)
        self.norm = nn.LayerNorm(2 * inner)
        self.out = nn.Linear(2 * inner, width)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, grid: torch.Tensor) -> torch.Tensor:
        grid = F.dropout(grid.bfloat16(), 0.15, self.training)
        h = F.gelu(F.linear(grid, self.wide.weight.bfloat16(), self.wide.bias.bfloat16())).float()
        share = torch.softmax(F.linear(grid, self.attention.weight.bfloat16()).float(), 1)  # [B, 49, pools]
        split = h.view(*h.shape[:2], share.shape[2], -1)
        pooled = (split * share[..., None]).sum(1).flatten(1)
        both = F.dropout(self.norm(torch.cat([h.mean(1), pooled], 1)), 0.25, self.training)
        return F.normalize(self.out(both), dim=-1)


class SceneReader(nn.Module):
    """Truth (data.scenes.Truth) → [B, D]: a token per thing and one for the place, two Transformer layers."""

    def __init__(self, width: int, words: Words):
        super().__init__()
        self.kind = nn.Embedding(len(words.kinds), width)
        self.colour = nn.Embedding(1 + len(COLOURS), width)
        self.count = nn.Embedding(8, width)
        self.size = nn.Embedding(3, width)
        self.box = nn.Linear(6, width)
        self.background = nn.Embedding(len(words.backgrounds), width)
        self.time = nn.Embedding(len(TIMES), width)
        self.weather = nn.Embedding(len(words.weathers), width)
        layer = nn.TransformerEncoderLayer(width, width // 48, 3 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, width)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, objects: torch.Tensor, boxes: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        middle = boxes[..., :2] + boxes[..., 2:] / 2
        things = self.kind(objects[..., 0]) + self.colour(objects[..., 1]) + self.count(objects[..., 2].clamp(max=7))
        things = things + self.size(objects[..., 3]) + self.box(torch.cat([boxes, middle], -1))
        where = self.background(place[:, 0]) + self.time(place[:, 1]) + self.weather(place[:, 2])
        tokens = torch.cat([where[:, None], things], 1)
        absent = F.pad(objects[..., 0] == 0, (1, 0))
        rows = self.layers(tokens, src_key_padding_mask=absent)
        return F.normalize(self.out(self.norm(rows[:, 0])), dim=-1)


class PatchReader(nn.Module):
    """What single patches and the class token of the image tower should know: teacher features, and for scenes the
    kind and colour under each patch."""

    def __init__(self, width: int, words: Words):
        super().__init__()
        self.grid = nn.Linear(width, 256)
        self.whole = nn.Linear(width, 256)
        self.kind = nn.Linear(width, len(words.kinds))
        self.colour = nn.Linear(width, 1 + len(COLOURS))
        self.things = nn.Linear(width, len(words.kinds))
        self.place = nn.Linear(width, len(words.backgrounds) + len(TIMES) + len(words.weathers))
