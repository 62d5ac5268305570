"""Teacher features of every photo, computed once: a 7 x 7 grid of 512 numbers.

Both networks' features are standardised, reduced by principal components and half whitened (divided by the fourth
root of the variance): full whitening drowns in noise, none in the few largest components.
Components are fitted on training photos only. Files: `.training/teacher/<collection>.npy`, float16 [N, 49, 512].
Source: our own.
"""
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

import places
from data import photos
from teacher.inception import Inception
from teacher.mobilenet import MobileNet

CELLS = 49
WIDTH = 512
_RAW = 2160 + 768
_BATCH = 4
"""Photos at once; activations of more do not stay in the cache of the processor, 16 are seven times slower."""
_FIT = 2500
"""Pictures that the components are fitted on; 49 cells each."""


def features(collection: str) -> np.ndarray:
    """float16 [N, 49, 512] of `flickr-train`, `flickr-dev` or `coco`, memory mapped; made by `main` first."""
    return np.load(places.WORK / "teacher" / f"{collection}.npy", mmap_mode="r")


def main() -> None:
    torch.set_grad_enabled(False)
    collections = {"flickr-train": photos.flickr("train"), "coco": photos.coco(), "flickr-dev": photos.flickr("dev")}
    if all((places.WORK / "teacher" / f"{name}.npy").exists() for name in collections):
        return
    networks = _Networks(np.concatenate([collections["flickr-train"][:32], collections["coco"][:32]]))
    raw = {name: _raw(name, pictures, networks) for name, pictures in collections.items()}
    mean, deviation, projection = _components(raw["flickr-train"] + raw["coco"])
    for name, blocks in raw.items():
        parts = []
        for block in (part for whole in blocks for part in np.array_split(whole, 4)):
            cells = torch.from_numpy(block.astype(np.float32))
            cells = ((cells - mean) / deviation).clamp(-6, 6).bfloat16()
            parts.append((cells @ projection).half().numpy())
        _save(places.made("teacher", f"{name}.npy"), np.concatenate(parts))


class _Networks:
    """Both teachers, calibrated on uint8 [B, SIDE, SIDE, 3]."""

    def __init__(self, sample: np.ndarray):
        self.mobilenet = MobileNet(torch.bfloat16)
        self.inception = Inception()
        self.inception.calibrate(_input(sample), torch.bfloat16)

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        x = _input(pictures)
        grid = torch.cat([self.mobilenet.features(x), self.inception.features(x.bfloat16())], 3)
        return grid.flatten(1, 2).half().numpy()


def _input(pictures: np.ndarray) -> torch.Tensor:
    """float32 [B, 3, 224, 224] in -1 … 1."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return F.interpolate(x, size=224, mode="bicubic", align_corners=False).clamp(-1, 1)


def _raw(name: str, pictures: np.ndarray, networks: _Networks) -> list[np.ndarray]:
    """float16 [≤ 1024, 49, 2928] memory maps; goes on where an earlier run stopped, in blocks of 1,024 pictures."""
    blocks = []
    for start in range(0, len(pictures), 1024):
        file = places.made("teacher", "raw", f"{name}-{start}.npy")
        if not file.exists():
            began = time.time()
            stop = min(start + 1024, len(pictures))
            parts = [networks(pictures[i : min(i + _BATCH, stop)]) for i in range(start, stop, _BATCH)]
            _save(file, np.concatenate(parts))
            print(f"teacher {name} {stop}/{len(pictures)}: {(stop - start) / (time.time() - began):.1f} photos/s", flush=True)
        blocks.append(np.load(file, mmap_mode="r"))
    return blocks


def _components(blocks: list[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    every = -(-sum(map(len, blocks)) // _FIT)
    cells = torch.from_numpy(np.concatenate([block[::every].reshape(-1, _RAW) for block in blocks]).astype(np.float32))
    mean, deviation = cells.mean(0), cells.std(0) + 1e-3
    cells = ((cells - mean) / deviation).clamp(-6, 6).bfloat16()
    # In bfloat16, since Debian's PyTorch multiplies float32 ten times slower. Summed in parts, in float32.
    covariance = sum((part.T @ part).float() for part in cells.split(4096)) / len(cells)
    values, vectors = np.linalg.eigh(covariance.numpy())
    values = torch.from_numpy(values[::-1][:WIDTH].copy()).clamp(min=1e-6)
    vectors = torch.from_numpy(vectors[:, ::-1][:, :WIDTH].copy())
    print(f"teacher: {WIDTH} components keep {float(values.sum() / _RAW):.3f} of the variance", flush=True)
    projection = vectors * values**-0.25
    return mean, deviation, (projection / values.sqrt().mean().sqrt()).bfloat16()


def _save(file, array: np.ndarray) -> None:
    partial = file.with_suffix(".part")
    with open(partial, "wb") as stream:
        np.save(stream, array)
    os.replace(partial, file)


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("IMGLISH_TRAIN_THREADS", "2")))
    main()
