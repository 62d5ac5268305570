"""What is hidden, and the codes of the visual tokenizer."""
import unittest

from tests.fixture import needs_torch, torch

if torch is not None:
    import numpy as np

    from data.masks import IGNORED, hidden_blocks, hidden_tokens
    from teacher import codes

MASK = 99


@needs_torch
class HiddenBlocks(unittest.TestCase):
    def test_hides_the_same_share_of_every_picture(self) -> None:
        hidden = hidden_blocks(50, 8, 0.4, np.random.default_rng(1))
        self.assertEqual(hidden.shape, (50, 64))
        self.assertEqual(set(hidden.sum(1).tolist()), {26})

    def test_hides_neighbours_more_often_than_chance_does(self) -> None:
        hidden = hidden_blocks(200, 8, 0.4, np.random.default_rng(2)).view(-1, 8, 8)
        both = (hidden[:, :, 1:] & hidden[:, :, :-1]).float().mean().item()
        # Single patches at random: 26/64 of them, then 25/63 of the rest.
        self.assertGreater(both, 1.4 * (26 / 64) * (25 / 63))


@needs_torch
class HiddenTokens(unittest.TestCase):
    rows = [[0, 10, 11, 12, 13, 2], [0, 20, 2], [0, 2]]

    def test_asks_for_half_of_the_inner_tokens_and_at_least_one(self) -> None:
        shown, targets = hidden_tokens(self.rows, 0.5, MASK, np.random.default_rng(3))
        self.assertEqual((shown == MASK).sum(1).tolist(), [2, 1, 0])
        self.assertEqual((targets != IGNORED).tolist(), (shown == MASK).tolist())

    def test_gives_the_row_back_where_targets_fill_in(self) -> None:
        shown, targets = hidden_tokens(self.rows, 0.5, MASK, np.random.default_rng(4))
        for number, row in enumerate(self.rows):
            filled = torch.where(targets[number] == IGNORED, shown[number], targets[number])
            self.assertEqual(filled.tolist()[: len(row)], row)


@needs_torch
class Codes(unittest.TestCase):
    def test_finds_the_directions_that_cells_were_made_of(self) -> None:
        random = np.random.default_rng(6)
        true = torch.nn.functional.normalize(torch.from_numpy(random.normal(size=(12, 64))).float(), dim=1)
        source = torch.from_numpy(random.integers(0, 12, 3000))
        noise = torch.from_numpy(random.normal(size=(3000, 64))).float() * 0.02
        cells = (true[source] + noise) * torch.from_numpy(random.uniform(0.5, 2, (3000, 1))).float()
        directions, perplexity = codes.fitted(cells, 12, 15, random)
        code = codes.codes(cells[None], directions)[0]
        # Each source has one code of its own, or shares it: no source is split where directions suffice.
        pairs = {(int(a), int(b)) for a, b in zip(source, code)}
        self.assertLessEqual(len(pairs), 14)
        self.assertGreater(perplexity, 9)


if __name__ == "__main__":
    unittest.main()
