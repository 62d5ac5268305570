"""BEiT-3: a Multiway Transformer with sub-LayerNorm, for training and for reference.

Every module exists twice: A for vision, B for language; what the modalities share is the softmax over all keys.
Parameter names and shapes are those of the released checkpoints, so that they load in the engine as they are.
Source: torchscale (MIT) as described by the fixtures; heads `vision_head`, `language_head`, `mlm_head` as released.
Deviation: `itm_head` on [image class token; text <s>] is our own. Two paths: plain float32, and `fast` (bfloat16
matrix products, kernels.c) for training. Shapes: B batch, T tokens, P patches + 1, D width, H heads.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from network import kernels

PAD = 1
"""Id of <pad>; its keys are masked and its embedding is zeroed, as in the reference."""

_MASKED = -1e9


@dataclass(frozen=True)
class Sizes:
    layers: int = 6
    width: int = 192
    heads: int = 3
    feed_forward: int = 768
    side: int = 128
    patch: int = 16
    vocabulary: int = 5002
    text_positions: int = 40
    has: tuple[str, ...] = ("retrieval", "itm", "mlm")

    @property
    def patches(self) -> int:
        return (self.side // self.patch) ** 2


class Multiway(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.A = make()
        self.B = make()


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int):
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)
        self.ffn_layernorm = nn.LayerNorm(inner, eps=1e-5)


class Attention(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.k_proj = Multiway(lambda: nn.Linear(width, width))
        self.v_proj = Multiway(lambda: nn.Linear(width, width))
        self.q_proj = Multiway(lambda: nn.Linear(width, width))
        self.out_proj = Multiway(lambda: nn.Linear(width, width))
        self.inner_attn_ln = Multiway(lambda: nn.LayerNorm(width, eps=1e-5))


class Layer(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        width = sizes.width
        self.heads = sizes.heads
        self.self_attn = Attention(width)
        self.self_attn_layer_norm = Multiway(lambda: nn.LayerNorm(width, eps=1e-5))
        self.ffn = Multiway(lambda: FeedForward(width, sizes.feed_forward))
        self.final_layer_norm = Multiway(lambda: nn.LayerNorm(width, eps=1e-5))

    def forward(self, parts: dict, penalty, fast: bool, drop_path: float) -> dict:
        """parts: branch → float32 [B, T, D]; penalty: float32 [B, all T] or [B, all T, all T] or None."""
        attention = self.self_attn
        qkv = []
        for branch, x in parts.items():
            three = [getattr(projection, branch) for projection in (attention.q_proj, attention.k_proj, attention.v_proj)]
            weight = torch.cat([one.weight for one in three])
            bias = torch.cat([one.bias for one in three])
            qkv.append(_linear(_norm(getattr(self.self_attn_layer_norm, branch), x, fast), weight, bias, fast))
        mixed = self._attend(torch.cat(qkv, 1) if len(qkv) > 1 else qkv[0], penalty, fast)
        out, start = {}, 0
        for branch, x in parts.items():
            a = mixed[:, start : start + x.shape[1]]
            start += x.shape[1]
            project = getattr(attention.out_proj, branch)
            y = _linear(_norm(getattr(attention.inner_attn_ln, branch), a, fast), project.weight, project.bias, fast)
            x = x + _dropped(y, drop_path)
            feed = getattr(self.ffn, branch)
            y = _norm(getattr(self.final_layer_norm, branch), x, fast)
            y = _linear(y, feed.fc1.weight, feed.fc1.bias, fast)
            y = _norm(feed.ffn_layernorm, y, fast, gelu=True)
            out[branch] = x + _dropped(_linear(y, feed.fc2.weight, feed.fc2.bias, fast), drop_path)
        return out

    def _attend(self, qkv: torch.Tensor, penalty, fast: bool) -> torch.Tensor:
        batch, tokens, three = qkv.shape
        width, heads = three // 3, self.heads
        depth = width // heads
        q, k, v = qkv.view(batch, tokens, 3, heads, depth).permute(2, 0, 3, 1, 4).reshape(3, -1, tokens, depth)
        scores = torch.bmm(q, k.transpose(1, 2))  # [B * H, T, T]
        if fast:
            share = heads * tokens if penalty is None or penalty.dim() == 2 else 0
            if share == 0:
                penalty = penalty.repeat_interleave(heads, 0)
            p = kernels.softmax(scores, penalty, share or 1, depth**-0.5)
        else:
            scores = scores.view(batch, heads, tokens, tokens) * depth**-0.5
            if penalty is not None:
                scores = scores + (penalty[:, None, None] if penalty.dim() == 2 else penalty[:, None])
            p = torch.softmax(scores, -1).view(-1, tokens, tokens)
        return torch.bmm(p, v).view(batch, heads, tokens, depth).transpose(1, 2).reshape(batch, tokens, width)


class VisionEmbedding(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.proj = nn.Conv2d(3, sizes.width, sizes.patch, sizes.patch)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, sizes.width))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, sizes.width))


class Encoder(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.embed_positions = nn.Module()
        self.embed_positions.A = nn.Embedding(sizes.patches + 3, sizes.width)
        self.embed_positions.B = nn.Embedding(sizes.text_positions, sizes.width)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.layer_norm = Multiway(lambda: nn.LayerNorm(sizes.width, eps=1e-5))


class Backbone(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.text_embed = nn.Embedding(sizes.vocabulary, sizes.width)
        self.vision_embed = VisionEmbedding(sizes)
        self.encoder = Encoder(sizes)


class Beit3(nn.Module):
    """The network with the heads that `sizes.has` names."""

    def __init__(self, sizes: Sizes):
        super().__init__()
        self.sizes = sizes
        width = sizes.width
        self.beit3 = Backbone(sizes)
        if "retrieval" in sizes.has:
            self.vision_head = nn.Linear(width, width, bias=False)
            self.language_head = nn.Linear(width, width, bias=False)
            self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        if "itm" in sizes.has:
            self.itm_head = nn.Linear(2 * width, 2)
        if "mlm" in sizes.has:
            self.mlm_head = nn.Linear(width, sizes.vocabulary)
        self.drop_path = 0.0

    def embed_image(self, patches, kept=None, masked=None, fast=True) -> torch.Tensor:
        """patches [B, K, 3PP], kept int64 [B, K] (which patches they are; None: all), masked bool [B, K] → [B, K + 1, D]"""
        embed, table = self.beit3.vision_embed, self.beit3.encoder.embed_positions.A.weight
        x = _linear(patches, embed.proj.weight.flatten(1), embed.proj.bias, fast).float()
        if masked is not None:
            x = torch.where(masked[..., None], embed.mask_token, x)
        x = x + (table[3:][kept] if kept is not None else table[3:])
        return torch.cat([(embed.cls_token + table[2]).expand(len(x), 1, -1), x], 1)

    def embed_text(self, ids: torch.Tensor) -> torch.Tensor:
        """ids [B, T] → [B, T, D]"""
        x = self.beit3.text_embed.weight[ids] + self.beit3.encoder.embed_positions.B.weight[2 : 2 + ids.shape[1]]
        return x * (ids != PAD)[..., None].float()

    def encode(self, parts: dict, penalty=None, fast=True, hidden: list | None = None) -> dict:
        """Runs all layers; `hidden` collects the input and every layer's output."""
        encoder = self.beit3.encoder
        last = max(1, len(encoder.layers) - 1)
        for index, layer in enumerate(encoder.layers):
            if hidden is not None:
                hidden.append(torch.cat(list(parts.values()), 1))
            parts = layer(parts, penalty, fast, self.drop_path * index / last if self.training else 0.0)
        if hidden is not None:
            hidden.append(torch.cat(list(parts.values()), 1))
        return {branch: _norm(getattr(encoder.layer_norm, branch), x, fast) for branch, x in parts.items()}

    def image(self, patches, kept=None, masked=None, fast=True) -> tuple[torch.Tensor, torch.Tensor]:
        """Unit vectors [B, D] and all rows [B, K + 1, D]."""
        rows = self.encode({"A": self.embed_image(patches, kept, masked, fast)}, None, fast)["A"]
        return F.normalize(F.linear(rows[:, 0].float(), self.vision_head.weight), dim=-1), rows

    def text(self, ids, fast=True) -> tuple[torch.Tensor, torch.Tensor]:
        """Unit vectors [B, D] and all rows [B, T, D]."""
        rows = self.encode({"B": self.embed_text(ids)}, text_penalty(ids), fast)["B"]
        return F.normalize(F.linear(rows[:, 0].float(), self.language_head.weight), dim=-1), rows

    def fused(self, patches, ids, kept=None, fast=True) -> dict:
        """All rows of both: {"A": [B, K + 1, D], "B": [B, T, D]}."""
        parts = {"A": self.embed_image(patches, kept, None, fast), "B": self.embed_text(ids)}
        return self.encode(parts, fused_penalty(ids, parts["A"].shape[1]), fast)

    def match(self, rows: dict) -> torch.Tensor:
        """[B, 2] logits (no match, match) of fused rows."""
        return self.itm_head(torch.cat([rows["A"][:, 0], rows["B"][:, 0]], -1).float())


def text_penalty(ids: torch.Tensor) -> torch.Tensor | None:
    """Additive float32 [B, T]: padded keys are never looked at."""
    padding = ids == PAD
    return padding.float() * _MASKED if padding.any() else None


def fused_penalty(ids: torch.Tensor, image_tokens: int) -> torch.Tensor | None:
    padding = text_penalty(ids)
    return None if padding is None else F.pad(padding, (image_tokens, 0))


def caption_penalty(ids: torch.Tensor, image_tokens: int) -> torch.Tensor:
    """Additive [B, all T, all T] of captioning: the image sees itself, text sees the image and the text so far."""
    batch, tokens = ids.shape
    total = image_tokens + tokens
    allowed = torch.zeros(total, total, dtype=torch.bool)
    allowed[:, :image_tokens] = True
    allowed[image_tokens:, image_tokens:] = torch.ones(tokens, tokens).tril().bool()
    padded = F.pad(ids == PAD, (image_tokens, 0))
    return (~allowed[None] | padded[:, None]).float() * _MASKED


def _norm(norm: nn.LayerNorm, x: torch.Tensor, fast: bool, gelu: bool = False) -> torch.Tensor:
    if fast:
        return kernels.norm(x, norm.weight, norm.bias, norm.eps, gelu)
    return F.layer_norm(F.gelu(x) if gelu else x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)


def _linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, fast: bool) -> torch.Tensor:
    if fast:
        return F.linear(x.bfloat16(), weight.bfloat16(), bias.bfloat16())
    return F.linear(x, weight, bias)


def _dropped(y: torch.Tensor, rate: float) -> torch.Tensor:
    """Stochastic depth: whole samples lose this branch, the others are scaled up."""
    if rate <= 0:
        return y
    return y * ((torch.rand(len(y), 1, 1) >= rate).to(y.dtype) / (1 - rate))
