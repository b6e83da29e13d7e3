"""Observers: what ten people would call a face.

Comes in: the expression shown, how strongly, and what is mixed into it. Goes out: votes.

People agree on a broad smile and quarrel over fear. The table is modelled on what studies of posed and spontaneous
faces report again and again: fear is taken for surprise, disgust for anger, sadness for a resting face; and whatever is
shown weakly looks neutral.
"""

import numpy as np

OBSERVERS = 10

#: Of a hundred people who see the full expression (row), how many call it what (column).
#: Columns:     angry disgust fear happy sad surprise neutral
CONFUSIONS = {
    "angry": (82, 7, 3, 0, 4, 1, 3),
    "disgust": (19, 68, 3, 1, 6, 1, 2),
    "fear": (3, 4, 66, 1, 6, 19, 1),
    "happy": (0, 0, 0, 95, 0, 3, 2),
    "sad": (4, 3, 5, 0, 79, 1, 8),
    "surprise": (1, 1, 10, 4, 1, 82, 1),
    "neutral": (4, 1, 1, 4, 9, 1, 80),
}


def vote_probabilities(expression: str, intensity: float, second: str | None = None, share: float = 0.0) -> np.ndarray:
    """How likely one observer is to name each expression, in the order of the task ``expressions``.

    `intensity`, 0 to 1, is how strongly `expression` is shown; `share`, 0 to 1, how much of a `second` is mixed in.

    Examples
    --------
    >>> vote_probabilities("happy", 1.0).round(2).tolist()
    [0.0, 0.0, 0.0, 0.95, 0.0, 0.03, 0.02]
    """
    table = {name: np.array(row) / sum(row) for name, row in CONFUSIONS.items()}
    seen = table[expression]
    if second is not None:
        seen = (1 - share) * seen + share * table[second]
    # Half the strength is nearly always enough to be seen; a quarter often is not.
    clear = float(np.clip(intensity / 0.55, 0, 1)) ** 0.8
    return clear * seen + (1 - clear) * table["neutral"]


def draw_votes(rng: np.random.Generator, probabilities: np.ndarray, voters: int = OBSERVERS):
    """Let `voters` observers each name one expression; returns the counts as uint8."""
    return rng.multinomial(voters, probabilities).astype(np.uint8)
