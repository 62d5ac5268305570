"""MobileNetV2 1.4 as a frozen feature extractor (batch normalisation is folded in the package's weights).

Source: Sandler et al. 2018, "MobileNetV2"; weights from the package, see weights.py.
Deviation: only what the features need; stops before the classifier.
"""
import torch
import torch.nn.functional as F

from teacher.weights import teacher_weights

_STRIDES = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]
"""Of the 17 inverted residual blocks."""

_TAPS = (13, 16)
"""Blocks whose expanded activations are features: 14 x 14 and 7 x 7 cells of a 224 pixel image."""


class MobileNet:
    """`features(x)`: float [B, 3, 224, 224] in -1 … 1 to float32 [B, 7, 7, 2160]."""

    def __init__(self, dtype: torch.dtype = torch.float32):
        weights = teacher_weights("mobilenet_v2_mid")
        self.weights = {name.split("MobilenetV2/")[-1]: array for name, array in weights.items()}
        self.dtype = dtype
        self.kernels: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}

    def features(self, x: torch.Tensor) -> torch.Tensor:
        x = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        kernel, bias = self._kernel("Conv")
        x = F.relu6(F.conv2d(F.pad(x, (0, 1, 0, 1)), kernel, bias, stride=2))
        found = []
        for block, stride in enumerate(_STRIDES):
            name = "expanded_conv" if block == 0 else f"expanded_conv_{block}"
            y = x
            if block > 0:
                y = F.relu6(F.conv2d(y, *self._kernel(f"{name}/expand")))
            if block in _TAPS:
                found.append(y if y.shape[2] == 7 else F.avg_pool2d(y, 2))
            if block == _TAPS[-1]:
                break
            y = self._depthwise(y, f"{name}/depthwise", stride)
            y = F.conv2d(y, *self._kernel(f"{name}/project"))
            x = y + x if stride == 1 and y.shape == x.shape else y
        return torch.cat([y.float() for y in found[::-1]], 1).permute(0, 2, 3, 1)

    def _depthwise(self, y: torch.Tensor, name: str, stride: int) -> torch.Tensor:
        kernel, bias = self._kernel(name, depthwise=True)
        padded = F.pad(y, (0, 1, 0, 1)) if stride == 2 else y
        return F.relu6(
            F.conv2d(padded, kernel, bias, stride=stride, padding=0 if stride == 2 else 1, groups=y.shape[1])
        )

    def _kernel(self, name: str, depthwise: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        if name not in self.kernels:
            part = "depthwise" if depthwise else "Conv2D"
            array = self.weights[f"{name}/{part}_weights"].transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
            kernel = torch.from_numpy(array.copy()).to(self.dtype).contiguous(memory_format=torch.channels_last)
            bias = torch.from_numpy(self.weights[f"{name}/{part}_bn_offset"].copy()).to(self.dtype)
            self.kernels[name] = (kernel, bias)
        return self.kernels[name]
