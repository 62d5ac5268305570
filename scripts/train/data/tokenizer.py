"""The vocabulary: a SentencePiece unigram model of the training captions, with case folding inside.

Ids follow the released tokenizer: <s> 0, <pad> 1, </s> 2, <unk> 3, any other piece its number + 1, <mask> last.
Source: SentencePiece (Apache-2.0), XLM-R's numbering. The normaliser is nmt_nfkc_cf, so callers fold nothing.
"""
import io
import os

import sentencepiece

import places

PIECES = 5000
START, PAD, END, UNKNOWN = 0, 1, 2, 3

FILE = places.WORK / "tokenizer.spm"


def train(captions: list[str]) -> None:
    """Writes FILE from training captions."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(captions),
        model_writer=model,
        vocab_size=PIECES,
        model_type="unigram",
        character_coverage=1.0,
        normalization_rule_name="nmt_nfkc_cf",
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    partial = places.made("tokenizer.part")
    partial.write_bytes(model.getvalue())
    os.replace(partial, FILE)


class Tokenizer:
    """`rows(texts)`: id lists `[<s>, …, </s>]`, at most `longest` ids."""

    def __init__(self, longest: int = 38):
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(FILE))
        self.vocabulary = self.model.get_piece_size() + 2
        self.mask = self.vocabulary - 1
        self.longest = longest

    def rows(self, texts: list[str]) -> list[list[int]]:
        encoded = self.model.encode(texts)
        return [[START] + [UNKNOWN if i == 0 else i + 1 for i in ids][: self.longest - 2] + [END] for ids in encoded]
