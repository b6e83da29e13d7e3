"""The questions that are asked of a face. In: faces as a data set labels them. Out: as a task does.

A task is data, not code: names of classes, where a data set's labels go, how a class is drawn. It names the only place
where classes are listed; training, records, exported models and the app take whatever task they are given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from helpers.faces.faces import DataError, Faces
from helpers.faces.votes import relabel_by_majority

#: How classes without a colour of their own are drawn.
FALLBACK_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8A4FBE")


@dataclass(frozen=True)
class Task:
    """A question with a fixed set of answers.

    Attributes
    ----------
    name, question : str
        What it is called in commands and folders; what it asks.
    classes : tuple of str
        The answers, in the order of a model's outputs.
    relabel : mapping
        What a data set says -> the class, or None for faces that are left out. Words that are not in it are left out
        too.
    source : str
        Where a data set says it: ``label``, ``votes`` (the majority of observers), or the name of a column of
        ``faces.attributes``.
    emoji, colours : mapping
        How a class is shown; either may lack some classes, or all.
    """

    name: str
    question: str
    classes: tuple[str, ...]
    relabel: Mapping[str, str | None]
    source: str = "label"
    emoji: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        if len(self.classes) < 2:
            raise ValueError(f"task {self.name}: a question has two answers or more")
        known = {*self.relabel.values(), *self.emoji, *self.colours} - {None, *self.classes}
        if known:
            raise ValueError(f"task {self.name}: {', '.join(sorted(known))} is none of its classes")

    def colour(self, name: str) -> str:
        """Give a class's colour, its own or one from a list."""
        at = self.classes.index(name)
        return self.colours.get(name, FALLBACK_COLOURS[at % len(FALLBACK_COLOURS)])

    def answered_by(self, faces: Faces) -> bool:
        """Tell whether a data set says what the task asks: two of its classes or more."""
        try:
            return len(np.unique(self.apply(faces).labels)) > 1
        except DataError:
            return False

    def apply(self, faces: Faces) -> Faces:
        """Give the faces that answer the question, labelled with the task's classes.

        Raises
        ------
        DataError
            If the data set does not say what the task asks.
        """
        if self.source == "votes":
            faces = relabel_by_majority(faces)
        words, of_face = faces.classes, faces.labels
        if self.source not in ("votes", "label"):
            if faces.attributes is not None and self.source in faces.attributes:
                of_face, words = faces.attributes[self.source].factorize()
            elif not set(words) & set(self.relabel):  # the data set's labels do not say it either
                raise DataError(f"{faces.name} says nothing of {self.source!r}, which {self.name} asks")
        classes = [self.relabel.get(word) for word in words]
        if not any(classes):
            raise DataError(
                f"{faces.name} does not answer the task {self.name}: it has "
                f"{', '.join(map(str, words))}, and {', '.join(self.relabel)} were looked for"
            )
        number = np.array([-1 if c is None else self.classes.index(c) for c in classes] + [-1])
        labels = number[of_face]  # a missing attribute is -1, and so the last
        kept = faces.take(labels >= 0)
        return kept.replace(labels=labels[labels >= 0], classes=self.classes)

    def sum_probabilities(self, y_prob: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
        """Derive the answer from a model of finer classes: add up those that belong together.

        `y_prob`, float, n x k, holds the probabilities of `classes`; the answer is n x len(self.classes), and its rows
        sum to 1. Classes that are left out take no part.
        """
        into = np.array([[self.relabel.get(word) == name for name in self.classes] for word in classes], float)
        summed = y_prob @ into
        return summed / np.maximum(summed.sum(axis=1, keepdims=True), 1e-12)


_COLOURS = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#8A4FBE",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#CC79A7",
    "neutral": "#7A7A7A",
}
#: FER-2013's classes in the order of its numbers 0 to 6; colours after Okabe and Ito, which people with any colour
#: vision can tell apart.
EXPRESSIONS = Task(
    "expressions",
    "Which expression does the face show?",
    tuple(_COLOURS),
    {name: name for name in _COLOURS},
    emoji=dict(zip(_COLOURS, "😠🤢😨😀😢😮😐", strict=True)),
    colours=_COLOURS,
)

#: FER+'s words for the same, in the order of its columns; contempt has no twin in FER-2013.
FERPLUS_NAMES = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "contempt": "contempt",
}


def _some(name: str, question: str, relabel: Mapping[str, str], **more) -> Task:
    """Make a task of FER-2013's classes: those that `relabel` does not name are left out."""
    classes = tuple(dict.fromkeys(relabel.values()))
    shown = {c: c for c in classes if c in _COLOURS} | more.pop("like", {})
    return Task(
        name,
        question,
        classes,
        {word: relabel.get(word) for word in EXPRESSIONS.classes},
        emoji={c: EXPRESSIONS.emoji[twin] for c, twin in shown.items()} | more.pop("emoji", {}),
        colours={c: _COLOURS[twin] for c, twin in shown.items()},
        **more,
    )


_NEGATIVE = dict.fromkeys(("angry", "disgust", "fear", "sad"), "negative")

#: A new question is a new entry here, and nothing else.
_TASKS = (
    EXPRESSIONS,
    Task(
        "ferplus",
        "What do most of ten observers see?",
        tuple(FERPLUS_NAMES),
        {name: name for name in FERPLUS_NAMES} | {twin: n for n, twin in FERPLUS_NAMES.items()},
        source="votes",
        emoji={n: EXPRESSIONS.emoji.get(twin, "😏") for n, twin in FERPLUS_NAMES.items()},
        colours={n: _COLOURS.get(twin, "#5C4033") for n, twin in FERPLUS_NAMES.items()},
    ),
    _some(
        "valence",
        "Is the face positive, negative or neutral?",  # surprise can be either
        {"happy": "positive"} | _NEGATIVE | {"neutral": "neutral"},
        like={"positive": "happy", "negative": "sad"},
        emoji={"negative": "🙁"},
    ),
    _some(
        "happy_or_not",
        "Is the face happy?",
        {n: "happy" if n == "happy" else "not happy" for n in ("happy", *EXPRESSIONS.classes)},
        like={"not happy": "neutral"},
    ),
    _some("happy_or_angry", "Is the face happy or angry?", {"happy": "happy", "angry": "angry"}),
    _some(
        "four",
        "Is the face angry, happy, sad or neutral?",  # the four that have the most faces
        {name: name for name in ("angry", "happy", "sad", "neutral")},
    ),
    _some(
        "no_neutral",
        "Which of six expressions does the face show, if it shows one?",
        {name: name for name in EXPRESSIONS.classes if name != "neutral"},
    ),
    Task(
        "smile",
        "Is the smile felt or posed?",
        ("felt", "posed"),
        {"felt": "felt", "posed": "posed", "none": None},
        source="smile",
        emoji={"felt": "😄", "posed": "🙂"},
        colours={"felt": "#E69F00", "posed": "#0072B2"},
    ),
    Task(
        "sex",
        "Is the face a woman's or a man's?",
        ("male", "female"),
        {"male": "male", "female": "female"},
        source="sex",
        colours={"male": "#009E73", "female": "#8A4FBE"},
    ),
)
#: Name -> task.
TASKS: dict[str, Task] = {task.name: task for task in _TASKS}


def find_task(name: str) -> Task:
    """Give a task by its name; an unknown name is refused, and those that there are are named."""
    if name not in TASKS:
        raise DataError(f"there is no task {name!r}: choose one of {', '.join(TASKS)}")
    return TASKS[name]
