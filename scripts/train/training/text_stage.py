"""Stage "text": the language branch learns to say what is known about pictures, before any picture is looked at.

Contrast between captions and (a) frozen teacher features of Flickr8k photos, read by a PhotoReader, (b) the truth
about painted scenes, read by a SceneReader, with false twins of their captions as hard negatives. Cheap, as no image
passes through the network; the readers' vectors are what the image tower imitates next.
Source: locked-image tuning (Zhai et al. 2022) in small.
"""
import threads  # noqa: F401  (first: sets how threads wait)
import numpy as np
import torch

from data.captions import Captions, padded, roughened
from evaluation.recall import recall, shown
from network.beit3 import Beit3, Sizes
from network.initial import taken_over
from teacher.readers import PhotoReader, SceneReader
from training.collections import Collections
from training.losses import contrastive
from training.session import Plan, Session, endless

PLAN = Plan("text", steps=320, rate=1.2e-3, cool_down=160, check_every=80, averaging=0.97, seed=11)
PHOTOS, SCENES, TWINS = 192, 64, 48
LONGEST = 24


def is_text(name: str) -> bool:
    """Parameters of the language branch."""
    return ".B." in name or "text_embed" in name or name.startswith("language_head")


def modules(collections: Collections, sizes: Sizes) -> dict[str, torch.nn.Module]:
    return {
        "network": taken_over(sizes, collections.tokenizer.model),
        "photo_reader": PhotoReader(sizes.width),
        "scene_reader": SceneReader(sizes.width, collections.words),
    }


def trains(module: str, name: str) -> bool:
    return module != "network" or is_text(name)


def main() -> None:
    collections = Collections.load()
    sizes = Sizes(vocabulary=collections.tokenizer.vocabulary)
    torch.manual_seed(1)
    parts = modules(collections, sizes)
    for name, parameter in parts["network"].named_parameters():
        parameter.requires_grad_(is_text(name))
    parts["network"].drop_path = 0.1
    session = Session(PLAN, parts)
    for module in parts.values():
        module.train()
    session.run(lambda step, random: losses(parts, collections, step, random), lambda: check(parts, collections))


def losses(parts: dict, collections: Collections, step: int, random: np.random.Generator) -> dict:
    network, tokenizer = parts["network"], collections.tokenizer
    flickr, scenes = collections.flickr, collections.scenes
    photo = endless(len(flickr.rows), PHOTOS, step, PLAN.seed)
    scene = endless(len(scenes.rows), SCENES, step, PLAN.seed)
    rows = [pick(flickr.rows[i], random) for i in photo]
    true, false = true_and_false(scenes, scene, random)
    longest = LONGEST if random.random() < 0.85 else 38
    rough = lambda row, rate: roughened(row, random, tokenizer.mask, collections.stop, rate, longest)
    texts = in_buckets(network, [rough(row, 0.15) for row in rows] + [rough(row, 0.0) for row in true + false[:TWINS]])
    photos = parts["photo_reader"](collections.grids[torch.from_numpy(photo)])
    truth = {name: value[torch.from_numpy(scene)] for name, value in collections.truth.items()}
    seen = parts["scene_reader"](truth["objects"], truth["boxes"], truth["place"])
    own, twins = texts[PHOTOS : PHOTOS + SCENES], texts[PHOTOS + SCENES :]
    return {
        "photos": contrastive(photos, texts[:PHOTOS], parts["photo_reader"].logit_scale, 0.05),
        "scenes": contrastive(seen, own, parts["scene_reader"].logit_scale, 0.05, twins),
    }


def pick(rows: list, random: np.random.Generator):
    return rows[int(random.integers(len(rows)))]


def true_and_false(scenes: Captions, chosen: np.ndarray, random: np.random.Generator) -> tuple[list, list]:
    """A caption of each scene, and a false twin of each (of another caption where it has none), in the same order
    where every scene has one."""
    true, false = [], []
    for i in chosen:
        j = int(random.integers(len(scenes.rows[i])))
        true.append(scenes.rows[i][j])
        options = scenes.twins[i][j] or [twin for twins in scenes.twins[i] for twin in twins]
        false.append(pick(options, random))
    return true, false


def in_buckets(network: Beit3, rows: list[list[int]], buckets: int = 3) -> torch.Tensor:
    """[M, D] with gradients; rows of like length go together, which saves a third of the padding."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    parts = [part for part in np.array_split(order, buckets) if len(part)]
    vectors = torch.cat([network.text(padded([rows[i] for i in part]))[0] for part in parts])
    return vectors[torch.from_numpy(np.argsort(np.concatenate(parts)))]


def text_vectors(network: Beit3, rows: list[list[int]], size: int = 250) -> torch.Tensor:
    """[M, D]; sorted by length inside, so that padding costs little."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    out = torch.empty(len(rows), network.sizes.width)
    for start in range(0, len(order), size):
        part = order[start : start + size]
        out[part] = network.text(padded([rows[i] for i in part]))[0]
    return out


def flat(captions: Captions) -> tuple[list[list[int]], torch.Tensor]:
    """All token rows, and the picture of each."""
    rows = [row for rows in captions.rows for row in rows]
    owner = torch.tensor([i for i, rows in enumerate(captions.rows) for _ in rows])
    return rows, owner


def swap_accuracy(images: torch.Tensor, network: Beit3, captions: Captions) -> float:
    """How often (percent) a caption is nearer to its scene than a false twin of it is. images [N, D]"""
    pairs = [
        (i, row, twin)
        for i, rows in enumerate(captions.rows)
        for row, twins in zip(rows, captions.twins[i])
        for twin in twins[:1]
    ]
    owner = torch.tensor([i for i, _, _ in pairs])
    true = (text_vectors(network, [row for _, row, _ in pairs]) * images[owner]).sum(1)
    false = (text_vectors(network, [twin for _, _, twin in pairs]) * images[owner]).sum(1)
    return (true > false).float().mean().item() * 100


def check(parts: dict, collections: Collections) -> str:
    network = parts["network"]
    rows, owner = flat(collections.flickr_dev)
    found = recall(parts["photo_reader"](collections.grids_dev), text_vectors(network, rows), owner)
    truth = collections.truth_dev
    seen = parts["scene_reader"](truth["objects"], truth["boxes"], truth["place"])
    rows, owner = flat(collections.scenes_dev)
    scenes = recall(seen, text_vectors(network, rows), owner)
    return f"photos {shown(found)} | scenes {shown(scenes)} swap {swap_accuracy(seen, network, collections.scenes_dev):.1f}"


if __name__ == "__main__":
    main()
