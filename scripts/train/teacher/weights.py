"""Reads the weights of the two teacher networks out of the npm package `nsfwjs` (MIT licence).

The package keeps TensorFlow.js models as JavaScript modules: `model.min.js` gives the manifest, the shards give
base64. They are data here: node evaluates the modules, nothing of the package runs in training.
Source: the TensorFlow.js weights manifest (name, shape, dtype, quantization {scale, min}).
"""
import base64
import json
import subprocess
from pathlib import Path

import numpy as np

import places

PACKAGE = "nsfwjs@4.4.0"

_PRINT = "process.stdout.write(JSON.stringify(process.argv.slice(1).map((file) => require(file))))"


def teacher_weights(model: str) -> dict[str, np.ndarray]:
    """float32 arrays by their TensorFlow names; `model` is a folder of the package, e.g. `inception_v3`."""
    folder = package_folder() / "dist" / "models" / model
    shards = sorted(folder.glob("group1-shard*.min.js"), key=lambda file: file.name)
    files = [str(file) for file in [folder / "model.min.js", *shards]]
    text = subprocess.run(["node", "-e", _PRINT, *files], check=True, capture_output=True).stdout
    manifest, *encoded = json.loads(text)
    content = b"".join(base64.b64decode(part) for part in encoded)
    weights, offset = {}, 0
    for entry in (entry for group in manifest["weightsManifest"] for entry in group["weights"]):
        array, offset = _array(entry, content, offset)
        weights[entry["name"]] = array
    if offset != len(content):
        raise SystemExit(f"{folder}: {len(content)} bytes of weights, the manifest describes {offset}")
    return weights


def package_folder() -> Path:
    """The unpacked package; fetched once with npm's own client."""
    folder = places.WORK / "teacher" / "package"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", PACKAGE], check=True, cwd=folder.parent)
        subprocess.run(["tar", "xzf", PACKAGE.replace("@", "-") + ".tgz"], check=True, cwd=folder.parent)
    return folder


def _array(entry: dict, content: bytes, offset: int) -> tuple[np.ndarray, int]:
    count = int(np.prod(entry["shape"]))
    quantization = entry.get("quantization")
    kind = np.dtype(quantization["dtype"] if quantization else entry["dtype"])
    array = np.frombuffer(content, kind, count, offset)
    if quantization:
        array = array.astype(np.float32) * quantization["scale"] + quantization["min"]
    return array.reshape(entry["shape"]), offset + array.size * kind.itemsize
