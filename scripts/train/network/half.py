"""A linear layer in half precision, as training computes all large products.

Source: our own.
"""
import torch
import torch.nn.functional as F


def half(rows: torch.Tensor, layer: torch.nn.Linear) -> torch.Tensor:
    """bfloat16 product, float32 result."""
    return F.linear(rows.bfloat16(), layer.weight.bfloat16(), layer.bias.bfloat16()).float()
