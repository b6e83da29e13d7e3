"""Recognise expressions in pictures with a shipped model. No Keras: ONNX Runtime does the work."""

from helpers.faces.boxes import Box
from helpers.faces.pictures import BadPicture, TooLarge, read_picture
from helpers.inference.haar import detect_haar
from helpers.inference.limits import Limits
from helpers.inference.recognizer import ExpressionRecognizer, NoModel, RecognizedFace

__all__ = [
    "BadPicture",
    "Box",
    "ExpressionRecognizer",
    "Limits",
    "NoModel",
    "RecognizedFace",
    "TooLarge",
    "detect_haar",
    "read_picture",
]
