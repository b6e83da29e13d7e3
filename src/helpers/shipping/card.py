"""Write a model's card. In: what was shipped, its run. Out: Markdown."""

import pandas as pd

from helpers import evaluation, runs
from helpers.recognition.recogniser import cooled
from helpers.shipping.formats import FORMATS

_LIMITS = """\
## Limits

- It names the expression that observers would name, not what a person feels. People smile when they are sad.
- FER-2013's labels are noisy: people reach about 65 % on them, its makers found. Disgust is rare in it.
- The faces came from a search engine. Ages, skins and cultures are not in them as they are in the world, and nobody measured how
  far accuracy differs between people.
- It wants a face seen from the front, cropped as FER-2013 crops, and not much smaller than 48 pixels.
- **Not for judging people**: not in hiring, schooling, policing, insurance, at borders, or to find out whether someone lies.

## Licence

The weights are this project's, under its licence. They were learnt from FER-2013, whose pictures were gathered for research and
belong to others: ask before you sell something that rests on them. No picture of theirs is in this folder.
"""


def card(about: dict, run: runs.Run, leaked: pd.DataFrame) -> str:
    """Compose the card of a shipped model from the record of its run."""
    without = set(leaked.loc[leaked["split"] == "PrivateTest", "row"])
    public, private = run.metrics("PublicTest"), run.metrics("PrivateTest")
    clean = run.metrics("PrivateTest", without)
    matrix = run.confusion("PrivateTest")
    labels, chances = run.answers("PrivateTest")
    honest = evaluation.calibration_error(labels, cooled(chances, about["temperature"]))
    said = run.config
    files = "\n".join(
        f"| `{file}` | {FORMATS[file]} | {one['bytes'] / 1e6:.1f} MB | {one['PublicTest']:.1%} | {one['PrivateTest']:.1%} |"
        for file, one in about["files"].items()
    )
    classes = "\n".join(
        f"| {name} | {matrix.loc[name].sum()} | {matrix.loc[name, name] / matrix.loc[name].sum():.1%} | {_precision(matrix, name)} |"
        for name in run.classes
    )
    return f"""\
# {about["name"]}

Reads seven facial expressions from grey faces of 48 x 48 pixels: {", ".join(run.classes)}.
Written by `fer ship` from `results/{run.experiment}/seed{run.seed}/`.

| | |
|---|---|
| architecture | `{said["experiment"]["model"]}`, {about["parameters"] / 1e6:.2f} M parameters |
| input | {about["input"]}; all preparation is inside |
| output | probabilities of {", ".join(run.classes)}, in this order |
| temperature | {about["temperature"]}: raise probabilities to 1/{about["temperature"]} and let them sum to 1 again |
| data | FER-2013: {said["data"]["faces"]["Training"]:,} faces to learn, {said["data"]["faces"]["PublicTest"]:,} to choose the epoch, {said["data"]["faces"]["PrivateTest"]:,} to report |{_beside(said["experiment"])}
| start | {said["start"]} |
| training | {run.history["epoch"].iloc[-1]} epochs, {run.history["seconds"].sum() / 60:.0f} minutes on: {said["hardware"]}, {said["precision"]} |

## Measured

The recorded run: one model, one view of each face, chosen on PublicTest, PrivateTest read once: **{private["accuracy"]:.1%}** on PrivateTest
({clean["accuracy"]:.1%} without the {private["faces"] - clean["faces"]} faces that are in Training too), {public["accuracy"]:.1%} on PublicTest.
Balanced accuracy {private["balanced_accuracy"]:.1%}, macro F1 {private["macro_f1"]:.3f}. Calibration error {private["calibration_error"]:.3f}, {honest:.3f} with the temperature.

The files, each measured after it was written:

| file | format | size | PublicTest | PrivateTest |
|---|---|---|---|---|
{files}

`fer models` measures each file again, where the data is.

| PrivateTest, the recorded run | faces | recall | precision |
|---|---|---|---|
{classes}

{_LIMITS}"""


def _beside(experiment: dict) -> str:
    weight = experiment.get("votes")
    return (
        f"\n| learnt beside it | FER+'s votes on the faces to learn, at weight {weight:g}, by a second head that the files are without |"
        if weight
        else ""
    )


def _precision(matrix: pd.DataFrame, name: str) -> str:
    named = matrix[name].sum()
    return f"{matrix.loc[name, name] / named:.1%}" if named else "never named"
