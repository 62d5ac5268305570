"""From nothing to a trained network, stage by stage: `nice -n 19 /usr/bin/python3 scripts/train/run.py [stage …]`.

A stage that is done is passed over, and one that was broken off goes on at its last checkpoint, so the command is
simply given again. Source: our own.
"""
import threads  # noqa: F401  (first: sets how threads wait)
import sys
import time

import torch

import places
from data import photos, scenes, tokenizer


def pictures() -> None:
    """Decodes all photos; paints and decodes the scenes."""
    for split in ("train", "dev"):
        photos.flickr(split)
    photos.coco()
    for split in ("train", "dev"):
        scenes.paint(split)
        scenes.pictures(split)
    scenes.Words.load()


def vocabulary() -> None:
    if tokenizer.FILE.exists():
        return
    captions = photos.flickr_captions()
    texts = [caption for name in photos.flickr_names("train") for caption in captions[name]]
    tokenizer.train(texts + [caption for line in scenes.lines("train") for caption in line["captions"]])


def teacher() -> None:
    from teacher import codes, features

    features.main()
    codes.main()


def text() -> None:
    from training import text_stage

    text_stage.main()


def image() -> None:
    from training import image_stage

    image_stage.main()


def masked() -> None:
    from training import masked_stage

    masked_stage.main()


def match() -> None:
    from training import match_stage

    match_stage.main()


def export() -> None:
    from exporting import model_folder

    model_folder.main()


def reference() -> None:
    from exporting import reference as made

    made.main()


STAGES = {stage.__name__: stage for stage in (pictures, vocabulary, teacher, text, image, masked, match, export, reference)}


def main() -> None:
    # The reference is part of the tests, and changed on purpose only.
    wanted = sys.argv[1:] or [name for name in STAGES if name != "reference"]
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        raise SystemExit(f"run.py: there is no stage {', '.join(unknown)}; expected {', '.join(STAGES)}")
    places.WORK.mkdir(exist_ok=True)
    for name in wanted:
        began = time.time()
        print(f"{time.strftime('%H:%M:%S')} stage {name}", flush=True)
        with torch.enable_grad():
            STAGES[name]()
        torch.set_grad_enabled(True)
        print(f"{time.strftime('%H:%M:%S')} stage {name} took {time.time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
