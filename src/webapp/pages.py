"""The pages, and the files they need. Bootstrap and d3 7 come out of installed packages."""

from importlib.util import find_spec
from pathlib import Path

import mistune
from flask import Blueprint, abort, current_app, render_template, send_file
from markupsafe import Markup

from webapp.samples import FOLDER, SAMPLES

blueprint = Blueprint("pages", __name__)

#: Name -> (package that carries it, where, type).
ASSETS = {
    "bootstrap.css": ("flask_bootstrap", "static/bootstrap5/css/bootstrap.min.css", "text/css"),
    "d3.js": ("tuna", "web/static/d3.min.js", "text/javascript"),
}
DAY = 86400


class _Within(mistune.HTMLRenderer):
    """Headings of a text that stands below a heading of the page's own."""

    def heading(self, text, level, **attributes):
        return super().heading(text, level + 2, **attributes)


#: Markdown to HTML. HTML within the text is shown, not obeyed.
_to_html = mistune.create_markdown(renderer=_Within(escape=True), plugins=["table"])


@blueprint.app_context_processor
def _everywhere() -> dict:
    about = current_app.blueprints["api"].about
    classes = [
        {"name": name, "emoji": about["emoji"].get(name, ""), "colour": about["colours"][name]}
        for name in about["classes"]
    ]
    return {"samples": SAMPLES, "question": about["question"], "classes": classes}


@blueprint.get("/")
def upload():
    """Upload a picture."""
    return render_template("upload.html")


@blueprint.get("/live")
def live():
    """Look into the camera."""
    return render_template("live.html")


@blueprint.get("/dashboard")
def dashboard():
    """What the model is, and what it reached."""
    text = current_app.blueprints["api"].card or "This model came without a card."
    about = current_app.blueprints["api"].about
    return render_template(
        "dashboard.html", card=Markup(_to_html(text)), second=about.get("second"), head=about["head"]
    )


@blueprint.get("/assets/<name>")
def asset(name: str):
    """Give a file of an installed package; only those of the table exist."""
    if name not in ASSETS:
        abort(404, "there is no such file")
    package, path, kind = ASSETS[name]
    (folder,) = find_spec(package).submodule_search_locations  # without importing the package
    return send_file(Path(folder) / path, kind, max_age=DAY)


@blueprint.get("/samples/<expression>.png")
def sample(expression: str):
    """Give a rendered face to try the app with."""
    if expression not in SAMPLES:
        abort(404, "there is no such sample")
    return send_file(FOLDER / f"{expression}.png", max_age=0)
