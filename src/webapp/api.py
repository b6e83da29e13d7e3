"""The JSON API. In: a picture. Out: its faces. Nothing is stored."""

import time
from pathlib import Path

from flask import Blueprint, abort, current_app, jsonify, request
from werkzeug.exceptions import ServiceUnavailable

from helpers.inference import BadPicture, ExpressionRecognizer, TooLarge, read_picture
from helpers.inference.recognizer import DEFAULT
from webapp.concurrency import Busy, ConcurrencyLimiter
from webapp.openapi import document
from webapp.recorded import recorded, with_defaults

#: Told to those who come when the queue is full.
RETRY_AFTER_SECONDS = 1


def make(model: str | Path | None, workers: int, queue_size: int, head: str = "both") -> Blueprint:
    """Make the blueprint around one model, loaded once."""
    blueprint = Blueprint("api", __name__)
    recognizer = ExpressionRecognizer(model or DEFAULT, head=head)
    about = blueprint.about = with_defaults(recognizer.about) | {"head": head}
    limiter = blueprint.limiter = ConcurrencyLimiter(workers, queue_size)
    card = recognizer.folder / "README.md"
    blueprint.card = card.read_text(encoding="utf-8") if card.exists() else ""

    @blueprint.post("/predict")
    def predict():
        _check_not_stopping()
        content = _content()
        try:
            with limiter.slot():
                start = time.perf_counter()
                pixels = read_picture(content)
                faces = recognizer(pixels)
                seconds = time.perf_counter() - start
        except Busy:
            raise _unavailable("too many pictures wait already; try again in a second") from None
        except TooLarge as error:
            abort(413, str(error))
        except BadPicture as error:
            abort(422, str(error))
        return jsonify(
            width=pixels.shape[1],
            height=pixels.shape[0],
            faces=[face.as_dict() for face in faces],
            milliseconds=round(1000 * seconds, 1),
        )

    @blueprint.get("/health")
    def health():
        _check_not_stopping()
        return jsonify(status="ready", model=about["name"])

    @blueprint.get("/model")
    def model_():
        return jsonify(about | {"card": blueprint.card})

    @blueprint.get("/results")
    def results():
        return jsonify(recorded(about))

    @blueprint.get("/openapi.json")
    def openapi():
        return jsonify(document(recognizer.classes, current_app.config["MAX_CONTENT_LENGTH"]))

    return blueprint


def _check_not_stopping() -> None:
    if current_app.config.get("DRAINING"):
        raise _unavailable("the server is about to stop")


def _unavailable(why: str) -> ServiceUnavailable:
    return ServiceUnavailable(why, retry_after=RETRY_AFTER_SECONDS)


def _content() -> bytes:
    """Take the picture out of a request: a form's field ``picture``, or the body itself."""
    if request.mimetype == "multipart/form-data":
        if "picture" not in request.files:
            abort(400, "no file in the form's field 'picture'")
        content = request.files["picture"].read()
    elif request.mimetype.startswith("image/") or request.mimetype in ("application/octet-stream", ""):
        content = request.get_data(cache=False)
    else:
        abort(415, "send a form with a file 'picture', or the picture itself as image/...")
    if not content:
        abort(400, "no picture: the file is empty")
    return content
