"""What the exported weights say of a few photos and captions, in float32: the oracle of the engine's own tests.

`run.py reference` writes `test/fixtures/nano-reference.json` anew, with the photos (by name) and captions that stand in it.
Source: our own.
"""
import json

import numpy as np
import torch
from PIL import Image

import places
from data import augment
from data.captions import padded
from data.tokenizer import Tokenizer
from exporting.model_folder import FOLDER
from network.beit3 import Beit3, Sizes
from network.tensors_file import read_tensors

FILE = places.ROOT / "test" / "fixtures" / "nano-reference.json"


def main() -> None:
    old = json.loads(FILE.read_text())
    tokenizer = Tokenizer()
    sizes = Sizes(vocabulary=tokenizer.vocabulary)
    rows = tokenizer.rows(old["captions"])
    ids = padded(rows)
    patches = augment.exact_patches(np.stack([_pixels(name, sizes.side) for name in old["images"]]), sizes.patch)
    with torch.no_grad():
        dual, fusion = _network(sizes, "model"), _network(sizes, "fusion")
        images = dual.image(patches, fast=False)[0]
        texts = dual.text(ids, fast=False)[0]
        logits = [
            fusion.match(fusion.fused(one.expand(len(ids), -1, -1), ids, fast=False)) for one in patches[:, None]
        ]
    reference = {
        "note": "float32, from the exported float16 weights, by scripts/train (run.py reference). Photos of Flickr8k by name, "
        "resized to the network's side with Pillow's bicubic filter.",
        "images": old["images"],
        "captions": old["captions"],
        "tokenIds": rows,
        "imageEmbeddings": _rounded(images),
        "textEmbeddings": _rounded(texts),
        "itmLogits": [_rounded(one) for one in logits],
    }
    FILE.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
    print(f"wrote {FILE}", flush=True)


def _pixels(name: str, side: int) -> np.ndarray:
    with Image.open(places.FLICKR / "images" / name) as image:
        return np.asarray(image.convert("RGB").resize((side, side), Image.BICUBIC))


def _network(sizes: Sizes, name: str) -> Beit3:
    network = Beit3(sizes)
    network.load_state_dict(read_tensors(FOLDER / f"{name}.safetensors"), strict=False)
    return network.eval()


def _rounded(values: torch.Tensor) -> list:
    return [[float(f"{value:.7g}") for value in row] for row in values.tolist()]


if __name__ == "__main__":
    main()
