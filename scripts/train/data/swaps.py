"""Hard negatives: captions of a scene made false by the smallest change.

Each function gives a false twin of a true caption, or None where it has none. Deterministic for a given `random`.
Source: our own; in the spirit of the Winoground and ARO tests.
"""
import random as randomness
import re

from data.scenes import COLOURS

_NUMBERS = ("one", "two", "three", "four", "five")
_SIDES = {"left": "right", "right": "left"}
_HEIGHTS = {"above": "below", "below": "above", "over": "under", "under": "over"}
_colour = re.compile(r"\b(" + "|".join(COLOURS) + r")\b")
_number = re.compile(r"\b(two|three|four|five)\b")
_side = re.compile(r"\b(left|right)(?= of\b)")
_height = re.compile(r"\b(above|below|over|under)\b")


def colours_swapped(caption: str, scene: dict, random: randomness.Random) -> str | None:
    """"a red car and a blue house" → "a blue car and a red house"; with one colour, another one takes its place."""
    found = list(dict.fromkeys(_colour.findall(caption)))
    owners = {thing["colour"]: thing["name"] for thing in scene["objects"] if thing["colour"]}
    if len(found) == 2 and len({owners.get(colour) for colour in found}) == 2:
        a, b = found
        return _colour.sub(lambda match: {a: b, b: a}[match[0]], caption)
    if len(found) == 1:
        other = random.choice([colour for colour in COLOURS if colour not in owners])
        return _article(_colour.sub(other, caption))
    return None


def sides_swapped(caption: str, _scene: dict, _random: randomness.Random) -> str | None:
    """left ↔ right, or above ↔ below."""
    if _side.search(caption):
        return _side.sub(lambda match: _SIDES[match[0]], caption)
    if _height.search(caption):
        return _height.sub(lambda match: _HEIGHTS[match[0]], caption)
    return None


def count_changed(caption: str, _scene: dict, random: randomness.Random) -> str | None:
    """"two dogs" → "four dogs"."""
    match = _number.search(caption)
    if match is None:
        return None
    other = random.choice([number for number in _NUMBERS[1:] if number != match[0]])
    return caption[: match.start()] + other + caption[match.end() :]


def negated(scene: dict, caption: str, nouns: list[str], random: randomness.Random) -> tuple[str, str]:
    """A true and a false caption with "without" or "but no": of an absent thing, and of a present one."""
    present = {thing["name"] for thing in scene["objects"]}
    absent = random.choice([noun for noun in nouns if noun not in present])
    here = random.choice(sorted(present))
    words = random.choice(("without a {}", "but no {}", "with no {}"))
    place = caption if random.random() < 0.5 else f"a picture of the {scene['background']}"
    return f"{place} {_article(words.format(absent))}", f"{place} {_article(words.format(here))}"


def twins(caption: str, scene: dict, random: randomness.Random) -> list[str]:
    """All false twins of a caption, in random order."""
    found = [change(caption, scene, random) for change in (colours_swapped, sides_swapped, count_changed)]
    found = [twin for twin in found if twin is not None and twin != caption]
    random.shuffle(found)
    return found


def _article(text: str) -> str:
    """"a orange car" → "an orange car", and back."""
    text = re.sub(r"\ba(?= [aeiou])", "an", text)
    return re.sub(r"\ban(?= [^aeiou\s])", "a", text)
