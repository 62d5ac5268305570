"""Stage "masked": a copy of the network fills in what is hidden of photos, of texts, and of texts beside their pictures.

photos     40 % of the patches are hidden in blocks; their codes are asked for (teacher/codes.py)
texts      15 % of the tokens are hidden
pairs      half of the tokens are hidden, the picture is seen: what the words do not tell has to be looked up in it
captions   the same with each token seeing only the tokens before it, so that the head can also write
The stage "match" goes on from here; the dual encoder stays as the image stage left it.
Source: BEiT-3, section 2.2 (masked data modeling), its captioning fine-tuning for the last. Deviation: comes after contrast
instead of before, as the first nano's weights are there already; pictures of pairs hide nothing but dropped patches.
"""
import threads  # noqa: F401  (first: sets how threads wait)
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import places
from data import augment, photos, scenes
from data.masks import IGNORED, hidden_blocks, hidden_tokens
from network.beit3 import Beit3, Sizes, caption_penalty
from network.half import half
from network.initial import random_network
from network.tensors_file import read_tensors
from teacher import codes
from teacher.readers import PatchReader
from training import image_stage, text_stage
from training.collections import Collections
from training.session import Plan, Session, averaged, endless, run_file

PLAN = Plan("masked", steps=1500, rate=8e-4, cool_down=500, check_every=250, averaging=0.99, seed=41)
PHOTOS, TEXTS, PAIRS, CAPTIONS = 48, 64, 32, 16
KEPT = 44
PATCHES_HIDDEN, TEXT_HIDDEN, PAIR_HIDDEN = 0.4, 0.15, 0.5


def dual(collections: Collections) -> Beit3:
    """The network as the image stage left it; where that did not run here, the built-in model."""
    sizes = Sizes(vocabulary=collections.tokenizer.vocabulary)
    if not run_file(image_stage.PLAN.name).exists():
        return _built_in(sizes)
    parts = text_stage.modules(collections, sizes)
    parts["patch_reader"] = PatchReader(sizes.width, collections.words)
    averaged(image_stage.PLAN.name, parts, image_stage.trains)
    return parts["network"]


def started(collections: Collections) -> Beit3:
    """What this stage begins with: a copy of `dual`, or the built-in fusion encoder, whose branches know each other."""
    if run_file(image_stage.PLAN.name).exists():
        return dual(collections)
    return _built_in(Sizes(vocabulary=collections.tokenizer.vocabulary), "fusion")


def _built_in(sizes: Sizes, file: str = "model") -> Beit3:
    network = random_network(sizes)
    missing, unused = network.load_state_dict(read_tensors(places.BUILT_IN / f"{file}.safetensors"), strict=False)
    if unused or any("beit3." in name for name in missing):
        raise SystemExit(f"{places.BUILT_IN}: is another network (missing {missing}, unknown {unused}); run the stage image")
    return network


def modules(network: Beit3) -> dict[str, nn.Module]:
    return {"network": network, "code_head": nn.Linear(network.sizes.width, codes.CODES)}


def word_loss(network: Beit3, rows: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross entropy of the hidden tokens; rows [B, T, D] of the language branch, targets as of `hidden_tokens`."""
    asked = targets != IGNORED
    return F.cross_entropy(half(rows[asked], network.mlm_head), targets[asked])


class Stage:
    def __init__(self, parts: dict[str, nn.Module], data: Collections) -> None:
        self.data = data
        self.parts = parts
        self.network: Beit3 = parts["network"]
        self.directions = codes.loaded()
        side = self.network.sizes.side
        self.dev_pictures = photos.resized(photos.flickr("dev")[:500], side)
        self.scene_pictures = photos.resized(scenes.pictures("dev")[:500], side)

    def losses(self, step: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        return {
            "codes": self.photo_loss(step, random),
            "texts": 0.5 * self.text_loss(step, random),
            **self.pair_losses(step, random, PAIRS, CAPTIONS),
        }

    def photo_loss(self, step: int, random: np.random.Generator) -> torch.Tensor:
        network = self.network
        sizes = network.sizes
        grid = sizes.side // sizes.patch
        index = endless(len(self.data.photos), PHOTOS, step, 45)
        view = augment.random_view(
            PHOTOS, random, smallest=0.4, mirror=np.ones(PHOTOS, bool), light=0.3, patches=sizes.patches, kept=sizes.patches
        )
        patches = augment.patches_of(self.data.photos, index, view, sizes.side, sizes.patch)
        target = codes.codes(augment.viewed_grid(self.data.grids[torch.from_numpy(index)], view, grid), self.directions)
        hidden = hidden_blocks(PHOTOS, grid, PATCHES_HIDDEN, random)
        rows = network.image(patches, None, hidden)[1][:, 1:]
        return F.cross_entropy(half(rows[hidden], self.parts["code_head"]), target[hidden])

    def text_loss(self, step: int, random: np.random.Generator) -> torch.Tensor:
        """Half captions of photos, half of scenes."""
        half = TEXTS // 2
        rows = [
            text_stage.pick(captions.rows[i], random)
            for captions, seed in ((self.data.flickr, 46), (self.data.scenes, 47))
            for i in endless(len(captions.rows), half, step, seed)
        ]
        ids, targets = hidden_tokens(rows, TEXT_HIDDEN, self.data.tokenizer.mask, random)
        return word_loss(self.network, self.network.text(ids)[1], targets)

    def pair_losses(self, step: int, random: np.random.Generator, pairs: int, captions: int) -> dict[str, torch.Tensor]:
        """Photos and scenes by halves; `captions` of the pairs of each see backwards only."""
        halves = [
            self._pairs(self.data.photos, self.data.flickr, 6000, step, 48, random, (0.5, 0.3), pairs + captions),
            self._pairs(self.data.scene_pictures, self.data.scenes, None, step, 49, random, (0.9, 0.1), pairs + captions),
        ]
        out: dict[str, torch.Tensor] = {}
        for name, (patches, kept, rows) in zip(("photo", "scene"), halves):
            out[f"{name} pairs"] = self._filled(patches[:pairs], kept[:pairs], rows[:pairs], random, False)
            out[f"{name} captions"] = 0.5 * self._filled(patches[pairs:], kept[pairs:], rows[pairs:], random, True)
        return out

    def _pairs(self, pictures, captions, count, step, seed, random, view_of, size):
        smallest, light = view_of
        index = endless(count or len(captions.rows), size, step, seed)
        choice = [int(random.integers(len(captions.rows[i]))) for i in index]
        rows = [captions.rows[i][j] for i, j in zip(index, choice)]
        sided = np.array([j < len(captions.sided[i]) and captions.sided[i][j] for i, j in zip(index, choice)])
        sizes = self.network.sizes
        view = augment.random_view(
            size, random, smallest=smallest, mirror=~sided, light=light, patches=sizes.patches, kept=KEPT
        )
        return augment.patches_of(pictures, index, view, sizes.side, sizes.patch), view.kept, rows

    def _filled(self, patches, kept, rows: list, random: np.random.Generator, backwards_only: bool) -> torch.Tensor:
        network = self.network
        ids, targets = hidden_tokens(rows, PAIR_HIDDEN, self.data.tokenizer.mask, random)
        if not backwards_only:
            return word_loss(network, network.fused(patches, ids, kept)["B"], targets)
        parts = {"A": network.embed_image(patches, kept), "B": network.embed_text(ids)}
        seen = network.encode(parts, caption_penalty(ids, parts["A"].shape[1]))
        return word_loss(network, seen["B"], targets)

    def check(self) -> str:
        """Of hidden tokens (half of each caption; the same ones each time), how many are found with the picture, and with
        that of the neighbour in the list instead: the difference is what is read from pictures."""
        shown = []
        for name, pictures, captions in (
            ("photos", self.dev_pictures, self.data.flickr_dev),
            ("scenes", self.scene_pictures, self.data.scenes_dev),
        ):
            rows = [one[0] for one in captions.rows[: len(pictures)]]
            own, other = self._found(pictures, rows), self._found(np.roll(pictures, 1, 0), rows)
            shown.append(f"{name} {own:.1f} % (with another picture {other:.1f} %)")
        return " | ".join(shown)

    def _found(self, pictures: np.ndarray, rows: list, size: int = 100) -> float:
        network, random = self.network, np.random.default_rng(1)
        right = asked = 0
        for start in range(0, len(rows), size):
            ids, targets = hidden_tokens(rows[start : start + size], PAIR_HIDDEN, self.data.tokenizer.mask, random)
            patches = augment.exact_patches(pictures[start : start + size], network.sizes.patch).bfloat16()
            at = targets != IGNORED
            guess = half(network.fused(patches, ids)["B"][at], network.mlm_head).argmax(1)
            right += int((guess == targets[at]).sum())
            asked += int(at.sum())
        return 100 * right / asked


def main() -> None:
    data = Collections.load()
    torch.manual_seed(41)
    parts = modules(started(data))
    parts["network"].requires_grad_(True)
    parts["network"].drop_path = 0.05
    stage = Stage(parts, data)
    for module in parts.values():
        module.train()
    Session(PLAN, parts).run(stage.losses, stage.check)


if __name__ == "__main__":
    main()
