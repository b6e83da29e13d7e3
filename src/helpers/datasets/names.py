"""What people call the same thing. In: names of folders. Out: the project's classes and splits."""

import re
from collections.abc import Iterable

from helpers.faces import EXPRESSIONS

_SYNONYMS = {
    "angry": "anger angry",
    "disgust": "disgust disgusted",
    "fear": "fear fearful feared afraid scared",
    "happy": "happy happiness joy",
    "sad": "sad sadness",
    "surprise": "surprise surprised suprise suprised surprize",
    "neutral": "neutral neutrality calm",
    "contempt": "contempt contemptuous",
}
_EXPRESSION = {word: name for name, words in _SYNONYMS.items() for word in words.split()}

#: Two letters, as in JAFFE's and KDEF's file names.
CODES = dict(zip(("an", "di", "fe", "ha", "sa", "su", "ne"), EXPRESSIONS.classes, strict=True))
CODES["af"] = "fear"

_SPLITS = {
    "Training": "train training",
    "validation": "val valid validation dev publictest",
    "Test": "test testing",
    "PrivateTest": "privatetest",
}
_SPLIT = {word: name for name, words in _SPLITS.items() for word in words.split()}


def expression(name: str) -> str | None:
    """Return which of FER-2013's expressions, or contempt, a word means, or None.

    >>> expression("Suprised"), expression("3_Happiness"), expression("smiling")
    ('surprise', 'happy', None)
    """
    return _EXPRESSION.get(re.sub(r"^\d+[\s._-]*", "", name.strip().lower()))


def class_names(folders: Iterable[str]) -> dict[str, str]:
    """Return the class that each folder stands for.

    Known expressions are spelled as the project spells them, whatever the folder's spelling. Folders named by numbers
    are FER-2013's only if they count from 0 to at most 6: other sets count from 1 in another order, and keep their
    numbers. Every other name stays as it is.

    >>> class_names(["Anger", "contempt"])
    {'Anger': 'angry', 'contempt': 'contempt'}
    >>> class_names(["0", "1"]), class_names(["1", "2"])
    ({'0': 'angry', '1': 'disgust'}, {'1': '1', '2': '2'})
    """
    folders = sorted(set(folders))
    numbers = [int(name) if re.fullmatch("[0-9]{1,3}", name) else -1 for name in folders]
    if 0 in numbers and min(numbers) >= 0 and max(numbers) < len(EXPRESSIONS.classes):
        return {name: EXPRESSIONS.classes[int(name)] for name in folders}
    if all(name.lower() in CODES for name in folders):
        return {name: CODES[name.lower()] for name in folders}
    return {name: expression(name) or name for name in folders}


def in_order(classes: Iterable[str]) -> tuple[str, ...]:
    """Return class names in FER-2013's order, those it does not have after them, by alphabet."""
    classes = set(classes)
    known = [name for name in EXPRESSIONS.classes if name in classes]
    return (*known, *sorted(classes.difference(known)))


def split_name(folder: str) -> str | None:
    """Return which split a folder's name means: "validation" is yet to be named by the caller.

    >>> split_name("Train"), split_name("val"), split_name("test"), split_name("happy")
    ('Training', 'validation', 'Test', None)
    """
    return _SPLIT.get(folder.strip().lower().replace("_", "").replace("-", "").replace(" ", ""))
