"""Stage "match": the copy that the masked stage made learns whether a picture and a text belong together, read by both branches at once.

Half of each step are photos with a caption of their own and one that the dual encoder takes for nearly as good; half are
scenes with a true caption and its false twin ("a blue car and a red house"), or a caption of another scene.
Source: ALBEF (Li et al. 2021), hard negatives by the contrastive scores. Deviation: negatives are drawn from the best of a
random pool instead of the batch; the copy's own vectors are ruined by this and not exported.
"""
import threads  # noqa: F401  (first: sets how threads wait)
import numpy as np
import torch
import torch.nn.functional as F

from data import augment, photos, scenes
from data.captions import padded
from network.beit3 import Beit3, Sizes
from training import masked_stage, text_stage
from training.collections import Collections
from training.session import Plan, Session, averaged, endless

PLAN = Plan("match", steps=860, rate=4e-4, cool_down=320, check_every=260, averaging=0.98, seed=31)
PHOTOS, SCENES = 32, 32
PAIRS_FILLED = 8
KEPT = 40
POOL, HARDEST = 400, 40
"""Captions that a negative is drawn from, and how many of the nearest."""


def modules(data: Collections) -> dict[str, torch.nn.Module]:
    """The network and the head of codes as the masked stage left them."""
    parts = masked_stage.modules(Beit3(Sizes(vocabulary=data.tokenizer.vocabulary)))
    averaged(masked_stage.PLAN.name, parts)
    return parts


class Stage:
    def __init__(self) -> None:
        self.data = Collections.load()
        with torch.no_grad():
            dual = masked_stage.dual(self.data).eval()
            rows = [row for five in self.data.flickr.rows for row in five]
            self.texts = text_stage.text_vectors(dual, rows)
            side = dual.sizes.side
            self.images = image_vectors(dual, photos.resized(photos.flickr("train"), side))
        self.parts = modules(self.data)
        self.network: Beit3 = self.parts["network"]
        self.masked = masked_stage.Stage(self.parts, self.data)
        self.rows = rows
        self.dev_pictures = photos.resized(photos.flickr("dev"), side)
        self.scene_pictures = photos.resized(scenes.pictures("dev"), side)

    def losses(self, step: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        # Filling in goes on beside, or the head that writes would forget it.
        filled = self.masked.pair_losses(step, random, PAIRS_FILLED, PAIRS_FILLED)
        return {
            **self._photo_loss(step, random),
            **self._scene_loss(step, random),
            **{name: 0.3 * loss for name, loss in filled.items()},
        }

    def _photo_loss(self, step: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        index = endless(6000, PHOTOS, step, 15)
        choice = random.integers(0, 5, PHOTOS)
        own = [self.data.flickr.rows[i][j] for i, j in zip(index, choice)]
        pool = random.integers(0, len(self.rows), POOL)
        nearness = self.images[torch.from_numpy(index)] @ self.texts[torch.from_numpy(pool)].T
        nearness[torch.from_numpy(pool // 5)[None] == torch.from_numpy(index)[:, None]] = -1
        order = nearness.argsort(1, descending=True)[:, :HARDEST]
        drawn = order[torch.arange(PHOTOS), torch.from_numpy(random.integers(0, HARDEST, PHOTOS))]
        other = [self.rows[pool[int(i)]] for i in drawn]
        sided = np.array([self.data.flickr.sided[i][j] for i, j in zip(index, choice)])
        view = self._view(PHOTOS, random, 0.5, ~sided, 0.3)
        return {"photos": self._loss(self.data.photos, index, view, own, other)}

    def _scene_loss(self, step: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        captions = self.data.scenes
        index = endless(len(captions.rows), SCENES, step, 16)
        own, twins = text_stage.true_and_false(captions, index, random)
        strangers = random.integers(0, len(captions.rows), SCENES)
        other = [
            text_stage.pick(captions.rows[stranger], random) if random.random() < 0.3 else twin
            for stranger, twin in zip(strangers, twins)
        ]
        view = self._view(SCENES, random, 0.9, np.zeros(SCENES, bool), 0.1)
        return {"scenes": self._loss(self.data.scene_pictures, index, view, own, other)}

    def _view(self, count: int, random: np.random.Generator, smallest: float, mirror: np.ndarray, light: float):
        patches = self.network.sizes.patches
        return augment.random_view(
            count, random, smallest=smallest, mirror=mirror, light=light, patches=patches, kept=KEPT
        )

    def _loss(self, pictures, index: np.ndarray, view: augment.View, own: list, other: list) -> torch.Tensor:
        sizes = self.network.sizes
        patches = augment.patches_of(pictures, index, view, sizes.side, sizes.patch)
        twice = torch.cat([patches, patches])
        kept = torch.cat([view.kept, view.kept])
        logits = self.network.match(self.network.fused(twice, padded(own + other), kept))
        count = len(own)
        difference = logits[:, 1] - logits[:, 0]
        target = torch.cat([torch.ones(count), torch.zeros(count)])
        # Beside the two decisions, the true one must be above its own false one: what ranking needs.
        return F.binary_cross_entropy_with_logits(difference, target) + 0.5 * F.softplus(
            difference[count:] - difference[:count]
        ).mean()

    def scores(self, pictures: np.ndarray, rows: list, size: int = 100) -> torch.Tensor:
        """Log-odds of pairs, [M]: uint8 [M, S, S, 3] and token rows."""
        parts = []
        for start in range(0, len(rows), size):
            patches = augment.exact_patches(pictures[start : start + size], self.network.sizes.patch).bfloat16()
            logits = self.network.match(self.network.fused(patches, padded(rows[start : start + size])))
            parts.append(logits[:, 1] - logits[:, 0])
        return torch.cat(parts)

    def check(self) -> str:
        """Of 500 photos of dev: the own caption above that of the neighbour in the list. Of scenes: above the false twin."""
        captions, scene = self.data.flickr_dev, self.data.scenes_dev
        some = list(range(500))
        own = self.scores(self.dev_pictures[:500], [captions.rows[i][0] for i in some])
        other = self.scores(self.dev_pictures[:500], [captions.rows[(i + 1) % 500][0] for i in some])
        pairs = [(i, row, twins[0]) for i, rows in enumerate(scene.rows) for row, twins in zip(rows, scene.twins[i]) if twins][:600]
        shown = self.scene_pictures[[i for i, _, _ in pairs]]
        true = self.scores(shown, [row for _, row, _ in pairs])
        false = self.scores(shown, [twin for _, _, twin in pairs])
        right = lambda a, b: (a > b).float().mean().item() * 100
        return f"photos {right(own, other):.1f} % | scenes {right(true, false):.1f} % | filled in: {self.masked.check()}"


def image_vectors(network: Beit3, pictures: np.ndarray) -> torch.Tensor:
    patch = network.sizes.patch
    return torch.cat([
        network.image(augment.exact_patches(pictures[i : i + 100], patch).bfloat16())[0]
        for i in range(0, len(pictures), 100)
    ])


def main() -> None:
    stage = Stage()
    stage.network.drop_path = 0.05
    for module in stage.parts.values():
        module.train()
    Session(PLAN, stage.parts).run(stage.losses, stage.check)


if __name__ == "__main__":
    main()
