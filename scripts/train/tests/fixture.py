"""Reads the fixture folders of `shared/fixtures`. Source: their README."""
import json
import unittest

import places

try:
    import numpy as np
    import torch
except ImportError:
    torch = None

needs_torch = unittest.skipIf(torch is None, "PyTorch is not installed: apt-get install python3-torch")
needs_fixtures = unittest.skipUnless(places.FIXTURES.exists(), "the folder shared/fixtures is not there")


class Fixture:
    def __init__(self, name: str):
        self.folder = places.FIXTURES / name
        self.manifest = json.loads((self.folder / "manifest.json").read_text())
        self.entries = {entry["name"]: entry for entry in self.manifest["tensors"]}

    def tensor(self, name: str):
        entry = self.entries[name]
        array = np.fromfile(self.folder / entry["file"], entry["dtype"]).reshape(entry["shape"])
        return torch.from_numpy(array)

    def inputs(self) -> dict:
        return json.loads((self.folder / "inputs.json").read_text())

    def state(self, file: str) -> dict:
        loaded = torch.load(self.folder / file, map_location="cpu")
        return {name: value.float() for name, value in loaded["model"].items()}

    def assert_close(self, test: unittest.TestCase, name: str, found) -> None:
        """Within the tolerance that the manifest suggests."""
        expected = self.tensor(name)
        test.assertEqual(tuple(found.shape), tuple(expected.shape), name)
        worst = (found - expected).abs().max().item()
        test.assertLess(worst, self.entries[name]["suggested_atol"], name)
