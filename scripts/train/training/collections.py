"""Everything that training reads, loaded once per process.

Source: our own. Arrays are memory maps; only token rows and truths are in memory.
"""
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from data import captions, photos, scenes
from data.tokenizer import Tokenizer
from teacher.features import features

STOP_PIECE = "\u2581."


@dataclass
class Collections:
    tokenizer: Tokenizer
    words: scenes.Words

    @staticmethod
    def load() -> "Collections":
        return Collections(Tokenizer(), scenes.Words.load())

    @cached_property
    def stop(self) -> int:
        """The token of a full stop."""
        return self.tokenizer.model.piece_to_id(STOP_PIECE) + 1

    @cached_property
    def flickr(self) -> captions.Captions:
        return captions.of_photos("train", self.tokenizer)

    @cached_property
    def flickr_dev(self) -> captions.Captions:
        return captions.of_photos("dev", self.tokenizer)

    @cached_property
    def scenes(self) -> captions.Captions:
        return captions.of_scenes("train", self.tokenizer)

    @cached_property
    def scenes_dev(self) -> captions.Captions:
        return captions.of_scenes("dev", self.tokenizer)

    @cached_property
    def truth(self) -> dict[str, torch.Tensor]:
        return _tensors(scenes.truth("train", self.words))

    @cached_property
    def truth_dev(self) -> dict[str, torch.Tensor]:
        return _tensors(scenes.truth("dev", self.words))

    @cached_property
    def grids(self) -> torch.Tensor:
        """float16 [6000 + 5000, 49, C]: teacher features of Flickr8k train, then of COCO."""
        return torch.from_numpy(np.concatenate([features("flickr-train"), features("coco")]))

    @cached_property
    def grids_dev(self) -> torch.Tensor:
        return torch.from_numpy(np.array(features("flickr-dev")))

    @cached_property
    def photos(self) -> torch.Tensor:
        """uint8 [6000 + 5000, SIDE, SIDE, 3], in step with `grids`."""
        return torch.from_numpy(np.concatenate([photos.flickr("train"), photos.coco()]))

    @cached_property
    def scene_pictures(self) -> torch.Tensor:
        return torch.from_numpy(np.array(scenes.pictures("train")))


def _tensors(truth: scenes.Truth) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(getattr(truth, name)) for name in ("objects", "boxes", "place", "cells")}
