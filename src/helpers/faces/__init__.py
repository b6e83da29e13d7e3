"""Faces and scenes: the types that every data set becomes, and the questions asked of them.

What is imported here needs NumPy and Pillow only, so that recognition can lean on it.
"""

from helpers.faces.boxes import Box
from helpers.faces.faces import DataError, Faces
from helpers.faces.scenes import Scenes
from helpers.faces.tasks import EXPRESSIONS, TASKS, Task, find_task

__all__ = ["EXPRESSIONS", "TASKS", "Box", "DataError", "Faces", "Scenes", "Task", "find_task"]
