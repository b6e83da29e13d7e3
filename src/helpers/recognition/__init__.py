"""Recognise expressions in pictures with a shipped model. No Keras: ONNX Runtime does the work."""

from helpers.recognition.finding import Box, find_faces
from helpers.recognition.pictures import BadPicture, TooLarge, read_picture
from helpers.recognition.recogniser import Face, NoModel, Recogniser

__all__ = [
    "BadPicture",
    "Box",
    "Face",
    "NoModel",
    "Recogniser",
    "TooLarge",
    "find_faces",
    "read_picture",
]
