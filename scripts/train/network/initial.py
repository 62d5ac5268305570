"""First weights: random as the paper's recipe has it, or taken over from the first nano of `shared/nano`.

Source: Magneto's initialisation (gain sqrt(log 2L)), sin-cos positions for patches.
Deviation: taking over keeps everything but the vocabulary, which is new: a piece gets the mean of the embeddings
that the old tokenizer's pieces of it had.
"""
import math

import sentencepiece
import torch
from torch import nn

import places
from network.beit3 import Beit3, Sizes
from network.tensors_file import read_tensors

OLD = places.SHARED / "nano"


def random_network(sizes: Sizes, seed: int = 0) -> Beit3:
    torch.manual_seed(seed)
    network = Beit3(sizes)
    gain = math.sqrt(math.log(2 * sizes.layers))
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        elif parameter.dim() == 2 and "embed" not in name:
            scaled = any(part in name for part in ("fc1", "fc2", "out_proj", "v_proj"))
            attention = any(part in name for part in ("q_proj", "k_proj", "v_proj"))
            nn.init.xavier_uniform_(parameter, gain=(2**-0.5 if attention else 1.0) * (gain if scaled else 1.0))
    backbone = network.beit3
    nn.init.normal_(backbone.text_embed.weight, std=sizes.width**-0.5)
    nn.init.normal_(backbone.encoder.embed_positions.B.weight, std=0.5 * sizes.width**-0.5)
    nn.init.normal_(backbone.vision_embed.cls_token, std=0.02)
    nn.init.normal_(backbone.vision_embed.mask_token, std=0.02)
    with torch.no_grad():
        backbone.encoder.embed_positions.A.weight.zero_()
        backbone.encoder.embed_positions.A.weight[3:] = _waves(sizes)
    for head in ("vision_head", "language_head"):
        if hasattr(network, head):
            nn.init.normal_(getattr(network, head).weight, std=sizes.width**-0.5)
    for head in ("itm_head", "mlm_head"):
        if hasattr(network, head):
            nn.init.normal_(getattr(network, head).weight, std=0.02)
    return network


def taken_over(sizes: Sizes, new_tokenizer: sentencepiece.SentencePieceProcessor) -> Beit3:
    """The first nano's weights wherever shapes agree; the vocabulary is translated."""
    network = random_network(sizes)
    old = read_tensors(OLD / "model.safetensors")
    embedding = old.pop("beit3.text_embed.weight")
    del old["itm_head.weight"], old["itm_head.bias"]
    network.load_state_dict(old, strict=False)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(OLD / "tokenizer.spm"))
    with torch.no_grad():
        target = network.beit3.text_embed.weight
        target[:3] = embedding[:3]
        target[-1] = embedding[-1]  # <mask>
        for number in range(3, new_tokenizer.get_piece_size()):
            text = new_tokenizer.id_to_piece(number).replace("\u2581", " ")
            ids = [3 if i == 0 else i + 1 for i in pieces.encode(text.strip())]
            if ids:
                target[number + 1] = embedding[ids].mean(0)
    return network


def _waves(sizes: Sizes) -> torch.Tensor:
    grid, width = sizes.side // sizes.patch, sizes.width
    speed = 1.5 / 50 ** (torch.arange(width // 4) / (width / 4))
    y, x = torch.meshgrid(torch.arange(grid).float(), torch.arange(grid).float(), indexing="ij")
    parts = [wave(v.reshape(-1, 1) * speed[None]) for v in (x, y) for wave in (torch.sin, torch.cos)]
    return torch.cat(parts, 1) * 0.5
