"""Losses between unit vectors.

Source: CLIP's symmetric contrastive loss; distillation by Kullback-Leibler divergence (Hinton et al. 2015).
"""
import torch
import torch.nn.functional as F


def contrastive(
    images: torch.Tensor, texts: torch.Tensor, scale: torch.Tensor, smoothing: float = 0.0, extra: torch.Tensor | None = None
) -> torch.Tensor:
    """images [B, D] and texts [B, D] belong together row by row; `extra` [M, D]: more texts, all wrong.
    `scale` is the logarithm of the scale, as in the checkpoint."""
    scale = scale.exp().clamp(max=100)
    scores = images @ texts.T * scale
    right = torch.arange(len(images))
    wide = scores if extra is None else torch.cat([scores, images @ extra.T * scale], 1)
    return (
        F.cross_entropy(wide, right, label_smoothing=smoothing)
        + F.cross_entropy(scores.T, right, label_smoothing=smoothing)
    ) / 2


def twin(images: torch.Tensor, texts: torch.Tensor, false: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Each image [B, D] must prefer its text to the false twin of it, row by row."""
    gap = ((texts - false) * images).sum(1) * scale.exp().clamp(max=100)
    return F.softplus(-gap).mean()


def imitation(images: torch.Tensor, teacher: torch.Tensor, bank: torch.Tensor, scale: float) -> torch.Tensor:
    """The image's distribution over a bank of texts [M, D] should be the teacher's."""
    target = torch.softmax(teacher @ bank.T * scale, 1)
    return F.kl_div(torch.log_softmax(images @ bank.T * scale, 1), target, reduction="batchmean")
