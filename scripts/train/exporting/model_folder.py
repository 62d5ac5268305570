"""Checkpoints as the engine imports them: `.training/export/model.safetensors`, `fusion.safetensors`, `tokenizer.spm`.

float16, reference parameter names, averaged weights. `imglish model import` makes the model folder of them.
Source: BEIT3.md, checkpoint layout.
"""
import shutil

import torch

import places
from data import tokenizer
from network.beit3 import Beit3, Sizes
from network.tensors_file import write_tensors
from training import masked_stage, match_stage
from training.collections import Collections
from training.session import averaged

FOLDER = places.WORK / "export"

_DUAL_LEAVES_OUT = ("itm_head.", "mlm_head.")
_FUSION_LEAVES_OUT = ("vision_head.", "language_head.", "logit_scale")


def main() -> None:
    collections = Collections.load()
    FOLDER.mkdir(parents=True, exist_ok=True)
    _write("model.safetensors", masked_stage.dual(collections), _DUAL_LEAVES_OUT)
    fusion = masked_stage.modules(Beit3(Sizes(vocabulary=collections.tokenizer.vocabulary)))
    averaged(match_stage.PLAN.name, fusion)
    _write("fusion.safetensors", fusion["network"], _FUSION_LEAVES_OUT)
    shutil.copyfile(tokenizer.FILE, FOLDER / "tokenizer.spm")
    print(f"exported to {FOLDER}", flush=True)


def _write(name: str, network: torch.nn.Module, left_out: tuple[str, ...]) -> None:
    tensors = {key: value for key, value in network.state_dict().items() if not key.startswith(left_out)}
    write_tensors(FOLDER / name, tensors)


if __name__ == "__main__":
    main()
