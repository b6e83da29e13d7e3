"""The live app: upload a face, or look into the camera. In: a shipped model. Out: a Flask app.

The model says which classes there are and how they look: any task of two classes or more will do.
"""

import mimetypes
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from flask import Flask, Request

from webapp import api, pages, security

MEGABYTES = 25
#: Names of this machine. Under another one, somebody else's page could pretend to be this app.
OWN_NAMES = ("127.0.0.1", "localhost")


class InMemory(Request):
    """Keeps uploaded pictures in memory: none of them touches the disk."""

    def _get_file_stream(self, *_, **__):
        return BytesIO()


def create_app(
    model: str | Path | None = None,
    workers: int = 2,
    queue_size: int = 14,
    names: Sequence[str] | None = OWN_NAMES,
    head: str = "both",
) -> Flask:
    """Make the app, with its model loaded.

    Parameters
    ----------
    model : str or Path, optional
        A shipped model, or any folder that `fer export` wrote; the default model if None.
    workers : int
        Pictures that are processed at the same time.
    queue_size : int
        So many more may wait; what comes beyond that is asked to retry later.
    names : sequence of str, optional
        Under which names the app answers; any if None.
    head : str
        Whose answer, of a model with two heads; as for `ExpressionRecognizer`.

    Examples
    --------
    >>> create_app().test_client().get("/api/v1/health").json["status"]
    'ready'
    """
    app = Flask(__name__)
    app.request_class = InMemory
    app.config["MAX_CONTENT_LENGTH"] = MEGABYTES * 1024 * 1024
    app.config["TRUSTED_HOSTS"] = list(names) if names else None
    app.json.sort_keys = False
    mimetypes.add_type("text/javascript", ".js")  # some Windows machines say otherwise
    security.protect(app)
    app.register_blueprint(api.make(model, workers, queue_size, head), url_prefix="/api/v1")
    app.register_blueprint(pages.blueprint)
    return app
