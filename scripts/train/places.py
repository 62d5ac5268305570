"""Where training reads and writes.

Everything made here lies under `.training` at the root of the repository (ignored by git): decoded photos,
painted scenes, teacher features, checkpoints, logs, exported folders. Photos are read from `../shared`.

Source: our own.
"""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

WORK = Path(os.environ.get("IMGLISH_TRAINING", ROOT / ".training"))
"""All results; may be moved with the variable IMGLISH_TRAINING."""

SHARED = Path(os.environ.get("IMGLISH_SHARED", ROOT.parent / "shared"))
"""Photo collections and fixtures, read only."""

FLICKR = SHARED / "flickr8k"
COCO = SHARED / "coco-unlabelled" / "images"
FIXTURES = SHARED / "fixtures"
BUILT_IN = ROOT / "model" / "zoo" / "builtin" / "nano"


def made(*parts: str) -> Path:
    """A file under WORK; its folder is made if missing."""
    file = WORK.joinpath(*parts)
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
