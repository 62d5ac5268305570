"""Token rows of every caption, in step with the picture arrays.

Source: our own. Rows are made once per process; that takes seconds.
"""
import random as randomness
from dataclasses import dataclass

import numpy as np
import torch

from data import photos, scenes, swaps
from data.tokenizer import END, PAD, Tokenizer


@dataclass(frozen=True)
class Captions:
    """`rows[i]` are the token rows of picture i; `twins[i][j]` are false twins of rows[i][j] (scenes only);
    `sided[i][j]`: the caption says left or right, so its picture may not be mirrored."""

    rows: list[list[list[int]]]
    twins: list[list[list[list[int]]]]
    sided: list[list[bool]]
    texts: list[list[str]]


def of_photos(split: str, tokenizer: Tokenizer) -> Captions:
    captions = photos.flickr_captions()
    texts = [captions[name] for name in photos.flickr_names(split)]
    return Captions(_rows(texts, tokenizer), [], _sided(texts), texts)


def of_scenes(split: str, tokenizer: Tokenizer, negations: bool = True) -> Captions:
    """Captions of the album, each with its false twins, and a negation or two per scene."""
    random = randomness.Random(f"twins {split}")
    lines = scenes.lines(split)
    nouns = sorted({thing["name"] for line in lines for thing in line["scene"]["objects"]})
    texts, false = [], []
    for line in lines:
        scene = line["scene"]
        own = list(line["captions"])
        twins = [swaps.twins(caption, scene, random) for caption in own]
        if negations:
            true, untrue = swaps.negated(scene, random.choice(own), nouns, random)
            own.append(true)
            twins.append([untrue])
        texts.append(own)
        false.append(twins)
    flat = [twin for scene in false for caption in scene for twin in caption]
    encoded = iter(tokenizer.rows(flat))
    twin_rows = [[[next(encoded) for _ in caption] for caption in scene] for scene in false]
    return Captions(_rows(texts, tokenizer), twin_rows, _sided(texts), texts)


def padded(rows: list[list[int]]) -> torch.Tensor:
    """int64 [B, longest]"""
    out = torch.full((len(rows), max(map(len, rows))), PAD, dtype=torch.long)
    for index, row in enumerate(rows):
        out[index, : len(row)] = torch.tensor(row)
    return out


def roughened(row: list[int], random: np.random.Generator, mask: int, stop: int, rate: float, longest: int) -> list[int]:
    """A row for training: cut to `longest`, without its full stop half the time, some tokens masked."""
    row = row if len(row) <= longest else row[: longest - 1] + [END]
    if len(row) > 3 and row[-2] == stop and random.random() < 0.5:
        row = row[:-2] + [END]
    hit = random.random(len(row)) < rate
    hit[0] = hit[-1] = False
    return [mask if masked else token for token, masked in zip(row, hit)]


def _rows(texts: list[list[str]], tokenizer: Tokenizer) -> list[list[list[int]]]:
    encoded = iter(tokenizer.rows([caption for captions in texts for caption in captions]))
    return [[next(encoded) for _ in captions] for captions in texts]


def _sided(texts: list[list[str]]) -> list[list[bool]]:
    return [[" left" in caption.lower() or " right" in caption.lower() for caption in captions] for captions in texts]
