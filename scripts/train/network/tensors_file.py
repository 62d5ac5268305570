"""Reads and writes .safetensors: u64 header length, JSON header, raw little-endian bytes.

Source: the safetensors format page.
"""
import json
import os
import struct
from pathlib import Path

import numpy as np
import torch

_KINDS = {"F16": np.float16, "F32": np.float32}


def write_tensors(file: Path, tensors: dict[str, torch.Tensor], kind: str = "F16") -> None:
    """Through a file beside it, so that `file` is whole or absent."""
    header, chunks, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        data = tensors[name].detach().float().numpy().astype(_KINDS[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(tensors[name].shape), "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        chunks.append(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    partial = file.with_suffix(".part")
    partial.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))
    os.replace(partial, file)


def read_tensors(file: Path) -> dict[str, torch.Tensor]:
    """float32 tensors by name."""
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + at for at in entry["data_offsets"])
        array = np.frombuffer(content[start:end], _KINDS[entry["dtype"]]).astype(np.float32)
        tensors[name] = torch.from_numpy(array.reshape(entry["shape"]))
    return tensors
