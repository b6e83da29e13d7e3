"""Runs side by side. In: the folder of results. Out: tables, recomputed from predictions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.config import RESULTS, TEST, VALIDATION
from helpers.evaluation import runs
from helpers.evaluation.comparison import paired_accuracy_difference
from helpers.faces import EXPRESSIONS, TASKS, DataError, Task

STUDENTS = RESULTS / "student_projects.csv"
#: Runs of seven expressions that answer coarser questions too, by summing: beside models that learnt these.
_SUMMED = ("flagship", "flagship_tta")


def recorded_tasks(results: Path = RESULTS) -> list[str]:
    """Name the tasks that have a finished run."""
    return [name for name in TASKS if any((results / name).glob("*/seed*/metrics.json"))]


def leaderboard(
    leaked: pd.DataFrame | None = None, results: Path = RESULTS, task: str = EXPRESSIONS.name
) -> pd.DataFrame:
    """Compare all recorded experiments of a task, in percent, recomputed from their predictions.

    Parameters
    ----------
    leaked : DataFrame, optional
        `split` and `row` of the faces that are in Training too.
    results : Path
        Where the runs are.
    task : str
        Which; accuracies in different tasks do not compare.

    Returns
    -------
    DataFrame
        A row for each experiment: mean accuracy over its seeds on PublicTest (chosen on) and, of those that were
        reported, on PrivateTest, its standard deviation over seeds, and PrivateTest without the leaked faces. Where a
        task's classes are made of FER-2013's, rows that end in ``summed`` are what `answer_by_summing` makes of a
        model of seven expressions.
    """
    # The leaked rows are FER-2013's; what asks for an attribute is answered by other sets.
    on_fer2013 = leaked is not None and TASKS[task].source in ("label", "votes")
    without = set(leaked.loc[leaked["split"] == TEST, "row"]) if on_fer2013 else set()
    entries = {name: runs.find(name, results, task) for name in _experiments(results / task)}
    if entries and TASKS[task].source == "label" and task != EXPRESSIONS.name:
        entries |= {
            f"{name}, summed": [answer_by_summing(run, TASKS[task]) for run in found]
            for name in _SUMMED
            if (found := runs.find(name, results))
        }
    rows = {}
    for name, done in entries.items():
        reported = [run for run in done if TEST in run.splits]
        test = pd.Series([run.metrics(TEST)["accuracy"] for run in reported], dtype=float)
        clean = pd.Series([run.metrics(TEST, without)["accuracy"] for run in reported], dtype=float)
        rows[name] = {
            "seeds": len(done),
            VALIDATION: 100 * np.mean([run.metrics(VALIDATION)["accuracy"] for run in done]),
            TEST: 100 * test.mean(),
            "± over seeds": 100 * test.std(),
            "without leaked": 100 * clean.mean() if on_fer2013 or leaked is None else np.nan,
        }
    return pd.DataFrame(rows).T


def answer_by_summing(run: runs.Run, task: Task) -> runs.Run:
    """Ask a run of finer classes a coarser question: add up its probabilities, leave out faces without an answer."""
    words = [task.relabel.get(name) for name in run.classes]
    number = np.array([task.classes.index(word) if word else -1 for word in words])
    labels = number[run.predictions["label"]]
    asked = run.predictions[labels >= 0]
    y_prob = task.sum_probabilities(asked[list(run.classes)].to_numpy(float), run.classes)
    answers = asked[["split", "row"]].assign(label=labels[labels >= 0])
    answers[list(task.classes)] = y_prob
    return replace(run, predictions=answers, task=task.name)


def labels_table(results: Path = RESULTS) -> pd.DataFrame:
    """Say what so many labels bring from each start (`fer ablate --study labels`), on PublicTest, in percent.

    Returns
    -------
    DataFrame
        Indexed by start and percent of Training: mean ``accuracy`` over seeds, its standard deviation ``±``, ``seeds``.
    """
    rows = {}
    for name in _experiments(results / EXPRESSIONS.name / "labels"):
        done = runs.find(f"labels/{name}", results)
        accuracy = 100 * pd.Series([run.metrics(VALIDATION)["accuracy"] for run in done])
        start, _, percent = name.rpartition("_")
        rows[start, int(percent)] = {"accuracy": accuracy.mean(), "±": accuracy.std(), "seeds": len(done)}
    if not rows:
        raise DataError("how many labels a start needs is not recorded yet: `fer ablate --study labels`")
    table = pd.DataFrame(rows).T.rename_axis(["start", "percent"]).sort_index()
    return table.astype({"seeds": int})


def compare_with_students(names: list[str], leaked: pd.DataFrame, results: Path = RESULTS) -> pd.DataFrame:
    """Put our accuracies beside those of the student projects, in percent.

    An experiment that nobody recorded yet is left out; `leaked` is as for `leaderboard`.
    """
    students = pd.read_csv(STUDENTS, index_col="experiment")
    ours = leaderboard(leaked, results).reindex(names)
    first = {"student project, validation": students["accuracy"].reindex(names)}
    return pd.DataFrame(first).join(ours[[VALIDATION, TEST, "without leaked"]]).dropna(how="all")


def ablation_table(results: Path = RESULTS, first: str = "recipe") -> pd.DataFrame:
    """Compare each variant of a recipe with the recipe itself, on PublicTest, in points.

    Returns
    -------
    DataFrame
        A row for each variant, the best first: how many `seeds` it has, their mean `accuracy`, its `difference` from
        that of `first`, the recipe as it is, and the `error`: two standard errors over faces, and of the recipe itself
        two standard deviations between its seeds, if it has several.
    """
    folder = results / EXPRESSIONS.name / "ablation"
    correct = {
        name: np.array([run.is_correct(VALIDATION) for run in runs.find(f"ablation/{name}", results)])
        for name in _experiments(folder)
    }
    if first not in correct:
        raise DataError(f"{folder} has no finished run of {first}: `fer ablate` makes it")
    base = correct[first].mean(axis=0)
    rows = {}
    for name, seeds in correct.items():
        difference, error = paired_accuracy_difference(seeds.mean(axis=0), base)
        if name == first:
            error = seeds.mean(axis=1).std(ddof=1) if len(seeds) > 1 else np.nan
        points = {"accuracy": seeds.mean(), "difference": difference, "error": 2 * error}
        rows[name] = {"seeds": len(seeds)} | {key: 100 * value for key, value in points.items()}
    table = pd.DataFrame(rows).T.sort_values("accuracy", ascending=False)
    return table.astype({"seeds": int})


def format_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Round to one decimal, with a dash for what is not recorded.

    Examples
    --------
    >>> format_percent(pd.DataFrame({"PublicTest": [66.04, np.nan]}))["PublicTest"].tolist()
    [66.0, '–']
    """
    return table.round(1).astype(object).where(table.notna(), "–")


def as_markdown(table: pd.DataFrame) -> str:
    """Write a leaderboard as README has it."""
    head = ["experiment", "seeds", "PublicTest (chosen on)", "PrivateTest (reported once)"]
    head += ["± over seeds", "without pictures that are in Training"]
    rows = []
    for name, row in table.iterrows():
        cells = ["–" if np.isnan(value) else f"{value:.1f} %" for value in row.iloc[1:]]
        rows.append([str(name), f"{row['seeds']:.0f}", *cells])
    return markdown_table(head, rows)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of texts in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def _experiments(folder: Path) -> list[str]:
    return sorted({path.parents[1].name for path in folder.glob("*/seed*/metrics.json")})
