"""The network against the reference vectors of the fixtures, in float32 and in the fast path of training."""
import unittest

from tests.fixture import Fixture, needs_fixtures, needs_torch, torch

if torch is not None:
    from network import kernels
    from network.beit3 import Beit3, Sizes, caption_penalty


def opened(fixture: "Fixture", *heads: str) -> "Beit3":
    config = fixture.manifest["config"]
    network = Beit3(
        Sizes(
            layers=config["layers"],
            width=config["embed_dim"],
            heads=config["heads"],
            feed_forward=config["ffn_dim"],
            side=config["img_size"],
            patch=config["patch_size"],
            vocabulary=config["vocab_size"],
            text_positions=config["max_source_positions"],
            has=heads,
        )
    ).eval()
    network.load_state_dict(fixture.state(fixture.manifest["checkpoints"][0]["file"]))  # strict: names and shapes
    return network


def cut(image: "torch.Tensor", patch: int) -> "torch.Tensor":
    """[B, 3, S, S] → [B, (S / P)², 3PP]"""
    batch, _, side, _ = image.shape
    grid = side // patch
    return image.view(batch, 3, grid, patch, grid, patch).permute(0, 2, 4, 1, 3, 5).reshape(batch, grid * grid, -1)


@needs_torch
@needs_fixtures
class RetrievalNetwork(unittest.TestCase):
    def setUp(self) -> None:
        torch.set_grad_enabled(False)
        self.fixture = Fixture("tiny_retrieval")
        self.network = opened(self.fixture, "retrieval")
        self.patches = cut(self.fixture.tensor("image"), 16)
        self.ids = torch.tensor(self.fixture.inputs()["input_ids"])

    def tearDown(self) -> None:
        torch.set_grad_enabled(True)

    def test_gives_the_reference_vectors_of_images(self) -> None:
        vectors, rows = self.network.image(self.patches, fast=False)
        self.fixture.assert_close(self, "vision_cls", vectors)
        self.fixture.assert_close(self, "vision_encoder_out", rows)

    def test_gives_the_reference_vectors_of_texts(self) -> None:
        vectors, rows = self.network.text(self.ids, fast=False)
        self.fixture.assert_close(self, "language_cls", vectors)
        self.fixture.assert_close(self, "text_encoder_out", rows)

    def test_gives_the_reference_after_every_layer(self) -> None:
        hidden: list = []
        self.network.encode({"A": self.network.embed_image(self.patches, fast=False)}, None, False, hidden)
        self.fixture.assert_close(self, "vision_hidden", torch.stack(hidden))

    def test_gives_the_reference_logits(self) -> None:
        image, _ = self.network.image(self.patches, fast=False)
        text, _ = self.network.text(self.ids, fast=False)
        self.fixture.assert_close(self, "logits_per_image", self.network.logit_scale.exp() * image @ text.T)

    def test_keeps_every_direction_in_the_fast_path(self) -> None:
        if not kernels.available():
            self.skipTest("no C compiler for the kernels")
        image, _ = self.network.image(self.patches.bfloat16())
        text, _ = self.network.text(self.ids)
        for name, found in (("vision_cls", image), ("language_cls", text)):
            cosine = (found * self.fixture.tensor(name)).sum(1).min().item()
            self.assertGreater(cosine, 0.999, name)

    def test_leaves_out_the_patches_that_are_not_kept(self) -> None:
        everything = torch.arange(9)[None].expand(3, -1)
        whole, _ = self.network.image(self.patches, fast=False)
        same, _ = self.network.image(self.patches, everything, fast=False)
        fewer, _ = self.network.image(self.patches[:, :5], everything[:, :5], fast=False)
        self.assertTrue(torch.equal(whole, same))
        self.assertGreater((whole - fewer).abs().max().item(), 1e-3)


@needs_torch
@needs_fixtures
class FusionNetwork(unittest.TestCase):
    def setUp(self) -> None:
        torch.set_grad_enabled(False)
        self.fixture = Fixture("tiny_captioning")
        self.network = opened(self.fixture, "mlm")
        self.patches = cut(self.fixture.tensor("image"), 16)
        inputs = self.fixture.inputs()
        self.ids = torch.tensor(inputs["input_ids"])
        self.asked = torch.tensor(inputs["language_masked_pos"]).bool()
        self.hidden_patches = torch.tensor(inputs["vision_masked_position"]).bool()

    def tearDown(self) -> None:
        torch.set_grad_enabled(True)

    def test_gives_the_reference_rows_of_both(self) -> None:
        rows = self.network.fused(self.patches, self.ids, fast=False)
        self.fixture.assert_close(self, "fusion_encoder_out", torch.cat([rows["A"], rows["B"]], 1))
        self.fixture.assert_close(self, "fusion_mlm_logits_masked", self.network.mlm_head(rows["B"][self.asked]))

    def test_gives_the_reference_rows_behind_masked_patches(self) -> None:
        network = self.network
        parts = {
            "A": network.embed_image(self.patches, None, self.hidden_patches, fast=False),
            "B": network.embed_text(self.ids),
        }
        from network.beit3 import fused_penalty

        rows = network.encode(parts, fused_penalty(self.ids, 10), False)
        self.fixture.assert_close(self, "fusion_encoder_out_masked_patches", torch.cat([rows["A"], rows["B"]], 1))

    def test_gives_the_reference_logits_of_captioning(self) -> None:
        network = self.network
        parts = {"A": network.embed_image(self.patches, fast=False), "B": network.embed_text(self.ids)}
        rows = network.encode(parts, caption_penalty(self.ids, 10), False)
        self.fixture.assert_close(self, "caption_logits_all", network.mlm_head(rows["B"]))
        self.fixture.assert_close(self, "caption_logits_masked", network.mlm_head(rows["B"][self.asked]))


if __name__ == "__main__":
    unittest.main()
