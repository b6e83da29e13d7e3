"""A page about a model on other people's faces. In: a report. Out: HTML that needs nothing else."""

import base64
from html import escape

import numpy as np
import pandas as pd

from helpers.evaluation.other_faces import SetReport
from helpers.figures.adaptation import label_shift
from helpers.figures.curves import confusion
from helpers.figures.results import calibration
from helpers.figures.style import Drawing

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#22252a;max-width:62rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}img{max-width:100%;height:auto}
.numbers{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;margin:1.5rem 0}.numbers b{display:block;font-size:1.8rem}
.table{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
td,th{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #e6e8eb;white-space:nowrap}
th:first-child,td:first-child{text-align:left}p.note{color:#595f69}
"""


def page(report: SetReport, about: str, left: dict[str, int]) -> str:
    """Write the page: numbers, figures of aggregate values, the worst faces by name. It shows no face."""
    said = report.metrics
    y_true = report.faces["label"].map({name: n for n, name in enumerate(report.classes.index)}).to_numpy()
    y_prob = report.faces.filter(regex="^p ").to_numpy()
    numbers = [(name.replace("_", " "), f"{said[name]:.1%}", _interval(said, name)) for name in _SHARES]
    numbers.append(("calibration error", f"{said['expected_calibration_error']:.3f}", ""))
    if "smile_auc" in said:
        numbers.append(("smile AUC", f"{said['smile_auc']:.3f}", "happy against the rest"))
    shown = "".join(f"<div>{escape(a)}<b>{b}</b><small>{c}</small></div>" for a, b, c in numbers)
    worst = report.worst().drop(columns=list(report.faces.filter(regex="^p ")))
    without = "; ".join(f"{count} {escape(word)}" for word, count in left.items())
    parts = [
        f"<p>{said['faces']} faces.{f' Left out, for the task does not ask it: {without}.' if without else ''}</p>",
        f'<div class="numbers">{shown}</div>',
        _section("What is taken for what", _image(confusion(report.confusion), "confusion matrix, in percent")),
        _section("Class by class", _table(report.classes)),
        _section(
            "How frequent are the classes?",
            _image(label_shift(report.classes.filter(like="share")), "shares of the classes"),
            "Where labels and predictions differ, the model sees other classes than the set's annotators did: other "
            "people, other light, or other definitions of the words.",
            _table(report.priors),
            "Correcting for the shares helps only if nothing but the shares differs.",
        ),
        _section("As right as it is sure?", _image(calibration({"": (y_true, y_prob)}), "accuracy by confidence")),
        _section("By what else is known", _table(report.groups, index=False)) if len(report.groups) else "",
        _section("The worst faces", _table(worst, index=False), "Look at them: labels are wrong, too."),
    ]
    title = escape(about)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>{''.join(parts)}</html>"
    )


_SHARES = ("accuracy", "balanced_accuracy")


def _interval(said: dict, name: str) -> str:
    low, high = said[f"{name}_interval"]
    return f"95 %: {low:.1%} to {high:.1%}"


def _section(title: str, *parts: str) -> str:
    texts = (part if part.startswith("<") else f'<p class="note">{escape(part)}</p>' for part in parts)
    return f"<h2>{escape(title)}</h2>{''.join(texts)}"


def _image(figure: Drawing, alt: str) -> str:
    png, shown = figure._repr_png_()
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return f'<img alt="{escape(alt)}" width="{shown["width"]}" src="{source}">'


def _table(table: pd.DataFrame, index: bool = True) -> str:
    rounded = table.map(lambda value: f"{value:.3f}" if isinstance(value, float) and not np.isnan(value) else value)
    return f'<div class="table">{rounded.to_html(index=index, border=0, na_rep="–")}</div>'
