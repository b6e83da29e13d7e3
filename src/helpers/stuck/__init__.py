"""Why VGG19 names one class only, and what frees it. In: settings, faces. Out: a ``Study``.

Each setting trains VGG19's layout on the same batches. Curves show whether it moves; layers show
where the picture gets lost: units that are never positive are dead, and a layer whose values are
the same for all faces tells the next one nothing. A recorded study lies under ``results/``.
"""

from helpers.stuck.comparing import compare, learn
from helpers.stuck.study import FULL_SETTINGS, SETTINGS, Setting, Study, load, save

__all__ = ["FULL_SETTINGS", "SETTINGS", "Setting", "Study", "compare", "learn", "load", "save"]
