"""Rendered faces: a face driven by action units, and the built-in data sets made of it, faces and scenes."""

from helpers.rendering.action_units import ACTION_UNITS, PROTOTYPES
from helpers.rendering.catalogue import rendered_faces
from helpers.rendering.drawing import boxes, regions, render
from helpers.rendering.face import FaceSpec, neutral_face, sample_face
from helpers.rendering.scenes import describe_scene, draw_scene, rendered_scenes
from helpers.rendering.sheets import contact_sheet

__all__ = [
    "ACTION_UNITS",
    "PROTOTYPES",
    "FaceSpec",
    "boxes",
    "contact_sheet",
    "describe_scene",
    "draw_scene",
    "neutral_face",
    "regions",
    "render",
    "rendered_faces",
    "rendered_scenes",
    "sample_face",
]
