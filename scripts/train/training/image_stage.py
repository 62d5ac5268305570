"""Stage "image": the vision branch learns to see what the texts talk about.

Language branch and readers are frozen. Losses, each on random views with most patches dropped:
photos   nearness to the reader's vector of the same view, the reader's distribution over a bank of captions,
         contrast with the true captions (Flickr8k only), teacher features under every kept patch;
         a part of them is two photos joined at a line, with teacher grids joined alike: photos nobody took
scenes   the same towards the SceneReader, contrast with captions and false twins, kind and colour under each patch
Source: distillation in the manner of BEiT v2 and of the first nano's recipe; token dropping as in FLIP.
Deviation: features instead of codes of a visual tokenizer.
"""
import threads  # noqa: F401  (first: sets how threads wait)
import numpy as np
import torch
import torch.nn.functional as F

from data import augment, photos, scenes
from data.captions import padded
from evaluation.recall import recall, shown
from network.beit3 import Beit3, Sizes
from network.half import half
from teacher.readers import PatchReader
from training import text_stage
from training.collections import Collections
from training.losses import contrastive, imitation, twin
from training.session import Plan, Session, averaged, endless

PLAN = Plan("image", steps=1300, rate=1.0e-3, cool_down=450, check_every=200, averaging=0.99, seed=21)
FLICKR, COCO, SCENES = 112, 80, 80
KEPT = 36
BANK = 1024
JOINED = 0.3
"""Share of the photos that are two joined."""
GRID_PARTS = 256


def is_vision(name: str) -> bool:
    return ".A." in name or "vision" in name or name == "logit_scale"


def trains(module: str, name: str) -> bool:
    return module == "patch_reader" or (module == "network" and is_vision(name))


class Stage:
    def __init__(self) -> None:
        self.data = Collections.load()
        sizes = Sizes(vocabulary=self.data.tokenizer.vocabulary)
        self.parts = text_stage.modules(self.data, sizes)
        averaged(text_stage.PLAN.name, self.parts, text_stage.trains)
        self.parts["patch_reader"] = PatchReader(sizes.width, self.data.words)
        for module, network in self.parts.items():
            for name, parameter in network.named_parameters():
                parameter.requires_grad_(trains(module, name))
        self.network: Beit3 = self.parts["network"]
        with torch.no_grad():
            self.network.logit_scale.copy_(self.parts["photo_reader"].logit_scale.clamp(max=3.4))
            self.network.eval()
            self.bank = self._bank(self.data.flickr.rows)  # [6000, 5, D]
            rows, self.dev_owner = text_stage.flat(self.data.flickr_dev)
            self.dev_texts = text_stage.text_vectors(self.network, rows)
            rows, self.scene_owner = text_stage.flat(self.data.scenes_dev)
            self.scene_texts = text_stage.text_vectors(self.network, rows)
        self.dev_pictures = photos.resized(photos.flickr("dev"), sizes.side)
        self.scene_pictures = photos.resized(scenes.pictures("dev"), sizes.side)

    def _bank(self, rows: list[list[list[int]]]) -> torch.Tensor:
        return text_stage.text_vectors(self.network, [row for five in rows for row in five]).view(len(rows), 5, -1)

    def losses(self, step: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        """All readers stay in evaluation mode: their vectors are fixed targets."""
        self.parts["photo_reader"].eval()
        self.parts["scene_reader"].eval()
        return self._photo_losses(step, random) | self._scene_losses(step, random)

    def _photo_losses(self, step: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        network, reader, patch_reader = self.network, self.parts["photo_reader"], self.parts["patch_reader"]
        sizes, side = network.sizes, network.sizes.side
        grid = side // sizes.patch
        index = np.concatenate([endless(6000, FLICKR, step, 5), 6000 + endless(5000, COCO, step, 6)])
        count = len(index)
        choice = random.integers(0, 5, FLICKR)
        mirror = np.ones(count, bool)
        mirror[:FLICKR] = [not self.data.flickr.sided[i][j] for i, j in zip(index[:FLICKR], choice)]
        view = augment.random_view(
            count, random, smallest=0.35, mirror=mirror, light=0.35, patches=sizes.patches, kept=KEPT
        )
        patches = augment.patches_of(self.data.photos, index, view, side, sizes.patch)
        seen = self.data.grids[torch.from_numpy(index)]
        small, fine = augment.viewed_grid(seen, view, 7), augment.viewed_grid(seen, view, grid)
        joined = torch.from_numpy(random.random(count) < JOINED)
        others = augment.patches_of(
            self.data.photos, np.roll(index, 1), augment.shifted(view), side, sizes.patch
        )
        patches, small, fine = _join((patches, others), small, fine, view.kept, grid, joined, random)
        with torch.no_grad():
            target = reader(small)
        vectors, rows = network.image(patches, view.kept)
        scale = float(reader.logit_scale.exp())
        bank = self.bank[random.integers(0, 6000, BANK), random.integers(0, 5, BANK)]
        captions = self.bank[index[:FLICKR], choice]
        whole = ~joined[:FLICKR]
        fine = torch.gather(fine, 1, view.kept[..., None].expand(-1, -1, fine.shape[2]))[..., :GRID_PARTS].float()
        mean = small[..., :GRID_PARTS].float().mean(1)
        return {
            "near": 4 * (1 - (vectors * target).sum(1)).mean(),
            "bank": imitation(vectors, target, torch.cat([captions, bank]), 0.8 * scale),
            "pairs": 0.5 * contrastive(vectors[:FLICKR][whole], captions[whole], network.logit_scale, 0.1),
            "grid": F.mse_loss(half(rows[:, 1:], patch_reader.grid), fine),
            "mean": 2 * F.mse_loss(patch_reader.whole(rows[:, 0].float()), mean),
        }

    def _scene_losses(self, step: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        network, data = self.network, self.data
        sizes = network.sizes
        index = endless(len(data.scenes.rows), SCENES, step, 7)
        true, false, sided = self._captions(index, random)
        view = augment.random_view(
            SCENES, random, smallest=0.85, mirror=~sided, light=0.12, patches=sizes.patches, kept=KEPT + 8
        )
        patches = augment.patches_of(data.scene_pictures, index, view, sizes.side, sizes.patch)
        truth = {name: value[torch.from_numpy(index)] for name, value in data.truth.items()}
        with torch.no_grad():
            boxes = augment.viewed_boxes(truth["boxes"], view)
            target = self.parts["scene_reader"](truth["objects"], boxes, truth["place"])
            texts, _ = network.text(padded(true + false))
        vectors, rows = network.image(patches, view.kept)
        scale = float(self.parts["scene_reader"].logit_scale.exp())
        right, wrong = texts[:SCENES], texts[SCENES:]
        return {
            "scene near": 3 * (1 - (vectors * target).sum(1)).mean(),
            "scene bank": imitation(vectors, target, texts, 0.8 * scale),
            "scene pairs": 0.5 * contrastive(vectors, right, network.logit_scale, 0.05, wrong),
            "scene twins": 0.5 * twin(vectors, right, wrong, network.logit_scale),
            **self._label_losses(rows, truth, view),
        }

    def _captions(self, index: np.ndarray, random: np.random.Generator) -> tuple[list, list, np.ndarray]:
        true, false, sided = [], [], []
        captions = self.data.scenes
        for i in index:
            j = int(random.integers(len(captions.rows[i])))
            true.append(captions.rows[i][j])
            false.append(text_stage.pick(captions.twins[i][j] or [t for twins in captions.twins[i] for t in twins], random))
            sided.append(j < len(captions.sided[i]) and captions.sided[i][j])
        return true, false, np.asarray(sided)

    def _label_losses(self, rows: torch.Tensor, truth: dict, view: augment.View) -> dict[str, torch.Tensor]:
        reader, sizes = self.parts["patch_reader"], self.network.sizes
        labels = augment.viewed_labels(truth["cells"], view, sizes.side // sizes.patch)
        labels = torch.gather(labels, 1, view.kept[..., None].expand(-1, -1, 2))
        thing = labels[..., 0] > 0
        weight = torch.ones(reader.kind.out_features)
        weight[0] = 0.15
        present = torch.zeros(len(rows), reader.things.out_features)
        present.scatter_(1, truth["objects"][..., 0], 1.0)
        whole = rows[:, 0].float()
        places = torch.split(reader.place(whole), _place_sizes(self.data.words), 1)
        return {
            "kind": 0.5 * F.cross_entropy(half(rows[:, 1:], reader.kind).flatten(0, 1), labels[..., 0].flatten(), weight),
            "colour": 0.3 * F.cross_entropy(half(rows[:, 1:][thing], reader.colour), labels[thing][:, 1]),
            "things": 20 * F.binary_cross_entropy_with_logits(reader.things(whole)[:, 1:], present[:, 1:]),
            "place": 0.15 * sum(F.cross_entropy(one, truth["place"][:, i]) for i, one in enumerate(places)),
        }

    def image_vectors(self, pictures: np.ndarray) -> torch.Tensor:
        """[N, D] of uint8 [N, S, S, 3] at the network's side."""
        patch = self.network.sizes.patch
        parts = [
            self.network.image(augment.exact_patches(pictures[i : i + 100], patch).bfloat16())[0]
            for i in range(0, len(pictures), 100)
        ]
        return torch.cat(parts)

    def check(self) -> str:
        found = recall(self.image_vectors(self.dev_pictures), self.dev_texts, self.dev_owner)
        seen = self.image_vectors(self.scene_pictures)
        scene = recall(seen, self.scene_texts, self.scene_owner)
        swap = text_stage.swap_accuracy(seen, self.network, self.data.scenes_dev)
        return f"photos {shown(found)} | scenes {shown(scene)} swap {swap:.1f}"


def _place_sizes(words: scenes.Words) -> list[int]:
    return [len(words.backgrounds), len(scenes.TIMES), len(words.weathers)]


def _join(pairs, small, fine, kept, grid: int, joined: torch.Tensor, random: np.random.Generator):
    """Where `joined`, one side of a line is the next picture's. pairs: the patches and the next pictures' patches at
    the same places; `small` [B, 49, C] and `fine` [B, grid², C] are joined alike."""
    patches, others = pairs
    count = len(patches)
    line = torch.from_numpy(random.integers(2, grid - 1, count))[:, None]
    upright = torch.from_numpy(random.random(count) < 0.5)[:, None]
    order = _next(count)

    def beyond(cells: torch.Tensor, width: int) -> torch.Tensor:
        middle = torch.where(upright, cells % width, cells // width).float() + 0.5
        return ((middle / width >= line / grid) & joined[:, None])[..., None]

    all_cells = lambda width: torch.arange(width * width)[None].expand(count, -1)
    return (
        torch.where(beyond(kept, grid), others, patches),
        torch.where(beyond(all_cells(7), 7), small[order], small),
        torch.where(beyond(all_cells(grid), grid), fine[order], fine),
    )


def _next(count: int) -> torch.Tensor:
    return torch.roll(torch.arange(count), 1)


def main() -> None:
    stage = Stage()
    stage.network.drop_path = 0.1
    for module in stage.parts.values():
        module.train()
    session = Session(PLAN, stage.parts)
    session.run(stage.losses, stage.check)


if __name__ == "__main__":
    main()
