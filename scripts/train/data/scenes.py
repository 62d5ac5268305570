"""Painted scenes of the demo album: pictures, captions, and the truth about each as small arrays.

Albums are painted once by the engine's own generator (`scripts/demo-album`, run from `dist`) with seeds that
neither the demo nor its tests use, and decoded like photos. Held out: `train:9` to choose by, `test:9` to report.
Source: our own. The truth trains a "scene reader" (teacher/scene_reader.py) and labels patches.
"""
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import places
from data import photos

ALBUMS = {"train": ("train:1", 12_000), "dev": ("train:9", 1_000), "test": ("test:9", 1_000)}
"""Seed and count."""

PAINTED_SIDE = 208
"""Pixels of the longer side; squashed to photos.SIDE afterwards."""

OBJECTS_MAX = 4
"""Entries of `objects` that are kept; scenes have fewer nearly always."""

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "brown", "grey")
TIMES = (None, "morning", "noon", "sunset", "night")

_PAINT = """
const [module, folder, seed, count, side] = process.argv.slice(1);
const { renderAlbum } = await import(module);
await renderAlbum({ folder, seed, count: Number(count), side: Number(side) });
"""


def folder(split: str) -> Path:
    return places.WORK / "scenes" / f"album-{split}"


def paint(split: str) -> None:
    """Paints what is missing; the album's stamp says what is there."""
    seed, count = ALBUMS[split]
    module = places.ROOT / "dist" / "scripts" / "demo-album" / "index.js"
    arguments = [module.as_uri(), str(folder(split)), seed, str(count), str(PAINTED_SIDE)]
    subprocess.run(["node", "--input-type=module", "-e", _PAINT, *arguments], check=True)


def lines(split: str) -> list[dict]:
    """`file`, `captions`, `scene` of each picture; see the album's README."""
    with open(folder(split) / "captions.jsonl") as stream:
        return [json.loads(line) for line in stream]


def pictures(split: str) -> np.ndarray:
    """uint8 [N, SIDE, SIDE, 3]"""
    return photos.decoded(f"scenes-{split}", [folder(split) / line["file"] for line in lines(split)])


@dataclass(frozen=True)
class Words:
    """Names by number; 0 is "none"."""

    kinds: tuple
    backgrounds: tuple
    weathers: tuple

    @staticmethod
    def load() -> "Words":
        """From the training album; kept in a file so that numbers never change."""
        file = places.made("scenes", "words.json")
        if not file.exists():
            scenes = [line["scene"] for line in lines("train")]
            found = {
                "kinds": sorted({thing["name"] for scene in scenes for thing in scene["objects"]}),
                "backgrounds": sorted({scene["background"] for scene in scenes}),
                "weathers": sorted({scene["weather"] for scene in scenes if scene["weather"]}),
            }
            file.write_text(json.dumps(found))
        return Words(**{key: (None, *names) for key, names in json.loads(file.read_text()).items()})


@dataclass(frozen=True)
class Truth:
    """objects int64 [N, OBJECTS_MAX, 4] (kind, colour, count, size; kind 0: no object), boxes float32
    [N, OBJECTS_MAX, 4] (x, y, width, height as shares), place int64 [N, 3] (background, time, weather),
    cells int64 [N, GRID, GRID, 2]: kind and colour of the thing that covers each cell's middle."""

    objects: np.ndarray
    boxes: np.ndarray
    place: np.ndarray
    cells: np.ndarray


GRID = 16
"""Cells a side of the label map; finer than the patches, so that crops can be relabelled."""


def truth(split: str, words: Words) -> Truth:
    scenes = [line["scene"] for line in lines(split)]
    count = len(scenes)
    objects = np.zeros((count, OBJECTS_MAX, 4), np.int64)
    boxes = np.zeros((count, OBJECTS_MAX, 4), np.float32)
    place = np.zeros((count, 3), np.int64)
    cells = np.zeros((count, GRID, GRID, 2), np.int64)
    sizes = (None, "big", "small")
    for row, scene in enumerate(scenes):
        place[row] = (
            words.backgrounds.index(scene["background"]),
            TIMES.index(scene["time"]) if scene["time"] in TIMES else 0,
            words.weathers.index(scene["weather"]),
        )
        for slot, thing in enumerate(scene["objects"][:OBJECTS_MAX]):
            kind = words.kinds.index(thing["name"]) if thing["name"] in words.kinds else 0
            colour = 0 if thing["colour"] is None else 1 + COLOURS.index(thing["colour"])
            objects[row, slot] = (kind, colour, thing["count"], sizes.index(thing["size"]))
            boxes[row, slot] = _shares(thing["box"], scene)
            for placement in thing["placements"]:
                x, y, width, height = _shares(placement["box"], scene)
                left, right = (int(round(v * GRID)) for v in (x, x + width))
                top, bottom = (int(round(v * GRID)) for v in (y, y + height))
                cells[row, max(0, top) : bottom, max(0, left) : right] = (kind, colour)
    return Truth(objects, boxes, place, cells)


def _shares(box: dict, scene: dict) -> tuple[float, float, float, float]:
    width, height = scene["width"], scene["height"]
    return box["x"] / width, box["y"] / height, box["width"] / width, box["height"] / height
