"""What is known of a model, for the pages. In: what its ``model.json`` says. Out: plain values.

A light installation has no pandas: then the table of all experiments is left out.
"""

from functools import cache
from itertools import cycle

from helpers.config import EVAL_SPLITS
from helpers.faces import EXPRESSIONS, DataError
from helpers.faces.tasks import FALLBACK_COLOURS


def with_defaults(about: dict) -> dict:
    """Fill in what a ``model.json`` may lack: the question, emoji, a colour for each class."""
    given, fallback = about.get("colours", {}), cycle(FALLBACK_COLOURS)
    colours = {name: given.get(name, next(fallback)) for name in about["classes"]}
    defaults = {"task": EXPRESSIONS.name, "question": "What does the face show?", "emoji": {}}
    return defaults | about | {"colours": colours}


def recorded(about: dict) -> dict:
    """Give the model's metrics, its confusion matrix, and the leaderboard of its task.

    The matrix is that of PrivateTest, or of PublicTest if the model was not reported yet.
    """
    confusion = about.get("confusion", {})
    split = next((split for split in reversed(EVAL_SPLITS) if split in confusion), None)
    return {
        "classes": about["classes"],
        "split": split,
        "confusion": confusion.get(split),
        "metrics": about.get("measured", {}),
        "leaderboard": _leaderboard(about["task"]),
    }


@cache
def _leaderboard(task: str) -> list[dict]:
    """Give a row for each recorded experiment of a task, in percent; None for what is not known."""
    try:
        from helpers.evaluation.leaderboards import leaderboard
        from helpers.faces import description
    except ImportError:
        return []
    try:
        leaked = description.load().leaked
    except DataError:
        leaked = None
    table = leaderboard(leaked, task=task).dropna(axis="columns", how="all")
    known = table.notna()
    return [
        {"experiment": name} | {key: round(value, 4) if known.at[name, key] else None for key, value in row.items()}
        for name, row in table.iterrows()
    ]
