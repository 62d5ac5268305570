"""Recall as the official evaluation counts it: is the right one among the first k?

Source: BEiT-3's retrieval evaluation as the fixtures describe it. Checked against `retrieval_metrics`.
"""
import torch

CUTS = (1, 5, 10)


def recall(images: torch.Tensor, texts: torch.Tensor, owner: torch.Tensor) -> dict[str, list[float]]:
    """images [N, D], texts [M, D], owner int64 [M]: the image of each text → percent at CUTS, both ways."""
    return recall_of_scores(texts @ images.T, owner)


def recall_of_scores(scores: torch.Tensor, owner: torch.Tensor) -> dict[str, list[float]]:
    """scores [M texts, N images]."""
    own = scores.gather(1, owner[:, None])
    rank = (scores > own).sum(1)
    mine = owner[:, None] == torch.arange(scores.shape[1])[None]
    best = scores.masked_fill(~mine, -1e9).max(0).values
    image_rank = (scores > best[None]).sum(0)
    share = lambda ranks: [(ranks < k).float().mean().item() * 100 for k in CUTS]
    return {"text_to_image": share(rank), "image_to_text": share(image_rank)}


def shown(found: dict[str, list[float]]) -> str:
    """`t2i 5.5/17.2/25.1 i2t …`"""
    words = {"text_to_image": "t2i", "image_to_text": "i2t"}
    return " ".join(f"{words[key]} " + "/".join(f"{value:.1f}" for value in values) for key, values in found.items())
