"""Decoded photos: one uint8 array per collection, so that an epoch never waits for a JPEG decoder.

Arrays are `uint8 [N, SIDE, SIDE, 3]` RGB in `.training/pictures`, opened as memory maps.
Source: our own. The photos come squashed to 176 x 176, as the engine's preprocessing squashes.
"""
import os
from pathlib import Path

import numpy as np
from PIL import Image

import places

SIDE = 176
"""Pixels; crops of it are resized to what the network sees."""

SPLITS = ("train", "dev", "test")


def flickr_names(split: str) -> list[str]:
    """File names of a standard split, in its own order, without the ones that are missing on disk."""
    lines = (places.FLICKR / f"Flickr_8k.{split}Images.txt").read_text().splitlines()
    return [name for name in map(str.strip, lines) if name and (places.FLICKR / "images" / name).exists()]


def flickr_captions() -> dict[str, list[str]]:
    """Five captions per file name."""
    captions: dict[str, list[str]] = {}
    for line in (places.FLICKR / "Flickr8k.token.txt").read_text().splitlines():
        key, _, caption = line.partition("\t")
        if caption:
            captions.setdefault(key.rsplit("#", 1)[0], []).append(caption.strip())
    return captions


def decoded(name: str, files: list[Path]) -> np.ndarray:
    """The named array, made from the files if it is not there yet. Written beside and renamed: never half there."""
    target = places.made("pictures", f"{name}.npy")
    if not target.exists():
        partial = target.with_suffix(".part")
        shape = (len(files), SIDE, SIDE, 3)
        array = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
        for index, file in enumerate(files):
            array[index] = squashed(file)
        array.flush()
        os.replace(partial, target)
    array = np.load(target, mmap_mode="r")
    if len(array) != len(files):
        raise SystemExit(f"{target}: holds {len(array)} pictures, expected {len(files)}; delete it and run again")
    return array


def squashed(file: Path) -> np.ndarray:
    """uint8 [SIDE, SIDE, 3]; the aspect ratio is not kept, as in the official preprocessing."""
    with Image.open(file) as image:
        image = image.convert("RGB")
        if image.size != (SIDE, SIDE):
            image = image.resize((SIDE, SIDE), Image.BICUBIC)
        return np.asarray(image)


def flickr(split: str) -> np.ndarray:
    """uint8 [N, SIDE, SIDE, 3] of a split."""
    return decoded(f"flickr-{split}", [places.FLICKR / "images" / name for name in flickr_names(split)])


def coco() -> np.ndarray:
    """uint8 [5000, SIDE, SIDE, 3], no captions."""
    return decoded("coco", sorted(places.COCO.glob("*.jpg")))


def resized(pictures: np.ndarray, side: int) -> np.ndarray:
    """uint8 [N, side, side, 3], Pillow bicubic: exactly what the engine feeds the network at that side."""
    if pictures.shape[1] == side:
        return np.asarray(pictures)
    out = np.empty((len(pictures), side, side, 3), np.uint8)
    for index, picture in enumerate(pictures):
        out[index] = np.asarray(Image.fromarray(picture).resize((side, side), Image.BICUBIC))
    return out
