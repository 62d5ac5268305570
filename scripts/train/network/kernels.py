"""Python side of kernels.c: compiles it once, and gives its functions gradients.

Source: our own. Where no C compiler is found, `available()` is False and the network uses plain PyTorch in float32.
"""
import ctypes
import hashlib
import os
import subprocess
from pathlib import Path

import torch

import places

_SOURCE = Path(__file__).with_name("kernels.c")
_FLAGS = ["-Ofast", "-march=native", "-fopenmp", "-shared", "-fPIC", "-mprefer-vector-width=512"]
_long, _float = ctypes.c_long, ctypes.c_float
_library: ctypes.CDLL | None = None


def available() -> bool:
    """Compiles on the first call."""
    global _library
    if _library is None:
        mark = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:12]
        target = places.made("build", f"kernels-{mark}.so")
        try:
            if not target.exists():
                partial = target.with_suffix(f".{os.getpid()}")
                subprocess.run(["gcc", *_FLAGS, str(_SOURCE), "-o", str(partial), "-lmvec", "-lm"], check=True)
                os.replace(partial, target)
            _library = ctypes.CDLL(str(target))
        except (OSError, subprocess.CalledProcessError):
            return False
    return True


def norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float, gelu: bool = False) -> torch.Tensor:
    """bfloat16 LN(gelu?(x)); x is float32 or bfloat16 [..., D]."""
    return _Norm.apply(x, weight, bias, eps, gelu)


def softmax(scores: torch.Tensor, penalty: torch.Tensor | None, share: int, scale: float) -> torch.Tensor:
    """bfloat16 softmax(scale * scores + penalty); scores [..., N]; penalty float32 [rows / share, N] or None."""
    return _Softmax.apply(scores, penalty, share, scale)


def crop_patches(
    pictures: torch.Tensor,
    index: torch.Tensor,
    box: torch.Tensor,
    mirrored: torch.Tensor,
    gain: torch.Tensor,
    bias: torch.Tensor,
    kept: torch.Tensor | None,
    side: int,
    patch: int,
) -> torch.Tensor:
    """bfloat16 [B, K, 3 * patch * patch]; see kernels.c. pictures uint8 [N, S, S, 3] may be a memory map."""
    batch = len(index)
    patches = (side // patch) ** 2 if kept is None else kept.shape[1]
    out = torch.empty(batch, patches, 3 * patch * patch, dtype=torch.bfloat16)
    arguments = [_at(t) for t in (index, box, mirrored, gain, bias)]
    _loaded().crop_patches(
        _at(pictures), _long(pictures.shape[1]), *arguments, _at(kept), _at(out), _long(batch), _long(patches),
        _long(side), _long(patch),
    )  # fmt: skip
    return out


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, eps, gelu):
        x = x.contiguous()
        width = x.shape[-1]
        rows = x.numel() // width
        y = torch.empty(x.shape, dtype=torch.bfloat16)
        mean, rstd = torch.empty(rows), torch.empty(rows)
        _loaded().norm_forward(
            _at(x), int(x.dtype == torch.float32), _at(y), _at(weight), _at(bias), _at(mean), _at(rstd), _long(rows),
            _long(width), int(gelu), _float(eps),
        )  # fmt: skip
        ctx.save_for_backward(x, weight, mean, rstd)
        ctx.gelu = gelu
        return y

    @staticmethod
    def backward(ctx, dy):
        x, weight, mean, rstd = ctx.saved_tensors
        width = x.shape[-1]
        dy = dy.contiguous()
        dx, dweight, dbias = torch.empty_like(x), torch.zeros(width), torch.zeros(width)
        _loaded().norm_backward(
            _at(x), int(x.dtype == torch.float32), _at(dy), _at(dx), _at(weight), _at(mean), _at(rstd), _at(dweight),
            _at(dbias), _long(x.numel() // width), _long(width), int(ctx.gelu),
        )  # fmt: skip
        return dx, dweight, dbias, None, None


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores, penalty, share, scale):
        scores = scores.contiguous()
        keys = scores.shape[-1]
        p = torch.empty_like(scores)
        rows = scores.numel() // keys
        _loaded().softmax_forward(
            _at(scores), _at(p), _at(penalty), _long(rows), _long(keys), _long(share), _float(scale)
        )
        ctx.save_for_backward(p)
        ctx.scale = scale
        return p

    @staticmethod
    def backward(ctx, dp):
        (p,) = ctx.saved_tensors
        dp = dp.contiguous()
        keys = p.shape[-1]
        ds = torch.empty_like(p)
        _loaded().softmax_backward(
            _at(p), _at(dp), _at(ds), _long(p.numel() // keys), _long(keys), _float(ctx.scale)
        )
        return ds, None, None, None


def _loaded() -> ctypes.CDLL:
    if not available():
        raise SystemExit("kernels.c does not compile here: install gcc, or call the network with fast=False")
    return _library


def _at(tensor: torch.Tensor | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(0 if tensor is None else tensor.data_ptr())
