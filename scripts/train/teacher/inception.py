"""InceptionV3 up to its block "mixed6" as a frozen feature extractor.

Source: Szegedy et al. 2015, "Rethinking the Inception Architecture"; Keras' layout; weights from the package.
Deviation: the package's batch-norm statistics are quantised to 8 bits and too coarse, so they are measured anew on
a few of our own pictures (`calibrate`) and folded into the kernels.
"""
import torch
import torch.nn.functional as F

from teacher.weights import teacher_weights

_EPSILON = 1e-3
"""Of Keras' batch normalisation."""


class Inception:
    """`features(x)`: float [B, 3, 224, 224] in -1 … 1 to float32 [B, 7, 7, 768]."""

    def __init__(self) -> None:
        weights = teacher_weights("inception_v3")
        number = lambda name: int(name.split("/")[0].split("_")[-1]) if "_" in name.split("/")[0] else 0
        names = sorted((n for n in weights if n.startswith("conv2d") and n.endswith("kernel")), key=number)
        self.raw, self.folded = [], []
        for name in names:
            norm = name.split("/")[0].replace("conv2d", "batch_normalization")
            kernel = torch.from_numpy(weights[name].transpose(3, 2, 0, 1).copy())
            self.raw.append((kernel.contiguous(memory_format=torch.channels_last), torch.from_numpy(weights[f"{norm}/beta"].copy())))
        self.measuring = False
        self.position = 0

    def calibrate(self, x: torch.Tensor, dtype: torch.dtype) -> None:
        """Measures batch-norm statistics on float32 x [B, 3, 224, 224] and folds them."""
        self.measuring, self.folded = True, []
        self.features(x)
        self.measuring = False
        self.folded = [
            (k.to(dtype).contiguous(memory_format=torch.channels_last), b.to(dtype)) for k, b in self.folded
        ]

    def features(self, x: torch.Tensor) -> torch.Tensor:
        self.position = 0
        conv = self._conv
        x = x.contiguous(memory_format=torch.channels_last)
        x = conv(conv(conv(x, 2, valid=True), valid=True))
        x = F.max_pool2d(x, 3, 2)
        x = F.max_pool2d(conv(conv(x, valid=True), valid=True), 3, 2)
        for _ in range(3):
            a = conv(x)
            b = conv(conv(x))
            c = conv(conv(conv(x)))
            x = torch.cat([a, b, c, conv(_pooled(x))], 1)
        a = conv(x, 2, valid=True)
        b = conv(conv(conv(x)), 2, valid=True)
        x = torch.cat([a, b, F.max_pool2d(x, 3, 2)], 1)
        for _ in range(3):
            a = conv(x)
            b = conv(conv(conv(x)))
            c = conv(conv(conv(conv(conv(x)))))
            x = torch.cat([a, b, c, conv(_pooled(x))], 1)
        return F.adaptive_avg_pool2d(x.float(), 7).permute(0, 2, 3, 1)

    def _conv(self, x: torch.Tensor, stride: int = 1, valid: bool = False) -> torch.Tensor:
        kernel, bias = self.raw[self.position] if self.measuring else self.folded[self.position]
        self.position += 1
        padding = (0, 0) if valid else (kernel.shape[2] // 2, kernel.shape[3] // 2)
        if not self.measuring:
            return F.relu_(F.conv2d(x, kernel, bias, stride=stride, padding=padding))
        y = F.conv2d(x, kernel, None, stride=stride, padding=padding)
        mean, variance = y.mean((0, 2, 3)), y.var((0, 2, 3), unbiased=False)
        scale = (variance + _EPSILON).rsqrt()
        self.folded.append((kernel * scale[:, None, None, None], bias - mean * scale))
        return F.relu_((y - mean[:, None, None]) * scale[:, None, None] + bias[:, None, None])


def _pooled(x: torch.Tensor) -> torch.Tensor:
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
