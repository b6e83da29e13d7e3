"""Write a model's card. In: what was exported, its run. Out: Markdown."""

import pandas as pd

from helpers.config import TEST, TRAINING, VALIDATION
from helpers.evaluation import runs
from helpers.evaluation.calibration import apply_temperature, expected_calibration_error
from helpers.export.formats import FORMATS
from helpers.faces import EXPRESSIONS

_LIMITS = """\
## Limits

- It says what observers would say of the face, not what a person feels. People smile when they are sad.
- FER-2013's labels are noisy: people reach about 65 % on them, its makers found. Disgust is rare in it.
- The faces came from a search engine. Ages, skins and cultures are not in them as they are in the world, and nobody measured how
  far accuracy differs between people.
- It wants a face seen from the front, cropped as FER-2013 crops, and not much smaller than 48 pixels.
- **Not for judging people**: not in hiring, schooling, policing, insurance, at borders, or to find out whether someone lies.

## Licence

The weights are this project's, under its licence. They were learnt from FER-2013, whose pictures were gathered for research and
belong to others: ask before you sell something that rests on them. No picture of theirs is in this folder.
"""


def card(about: dict, run: runs.Run, leaked: pd.DataFrame | None = None) -> str:
    """Compose the card of an exported model from the record of its run."""
    split = run.splits[-1]  # PrivateTest if it was reported
    matrix, said, data = run.confusion(split), run.config, run.config["data"]["faces"]
    files = "\n".join(
        f"| `{file}` | {FORMATS[file]} | {one['bytes'] / 1e6:.1f} MB | {one[VALIDATION]:.1%} |"
        for file, one in about["files"].items()
    )
    classes = "\n".join(
        f"| {name} | {matrix.loc[name].sum()} | {_share(matrix.loc[name, name], matrix.loc[name].sum())} | "
        f"{_share(matrix.loc[name, name], matrix[name].sum())} |"
        for name in run.classes
    )
    temperature = about["temperature"]
    return f"""\
# {about["name"]}

{about["question"]} One of {len(run.classes)}: {", ".join(run.classes)}; from grey faces of 48 x 48 pixels.
Written by `fer export` from `results/{run.task}/{run.name}/`.

| | |
|---|---|
| architecture | `{said["experiment"]["model"]}`, {about["parameters"] / 1e6:.2f} M parameters |
| input | {about["input"]}; all preparation is inside |
| output | probabilities of {", ".join(run.classes)}, in this order |
| temperature | {temperature}: raise probabilities to 1/{temperature} and let them sum to 1 again |
| data | {said["data"]["name"]}: {data[TRAINING]:,} faces to learn, {data[VALIDATION]:,} to choose the epoch |{_beside(said["experiment"])}
| initial weights | {said["weights"]} |
| training | {run.history["epoch"].iloc[-1]} epochs, {run.history["seconds"].sum() / 60:.0f} minutes on: {said["hardware"]}, {said["precision"]} |

## Measured

{_measured(about, run, leaked)}

The files, each measured after it was written:

| file | format | size | PublicTest |
|---|---|---|---|
{files}

`fer verify` measures each file again, where the data is.

| {split}, the recorded run | faces | recall | precision |
|---|---|---|---|
{classes}

{_second_head(about)}{_LIMITS}"""


def _measured(about: dict, run: runs.Run, leaked: pd.DataFrame | None) -> str:
    public = run.metrics(VALIDATION)
    lines = f"The recorded run: one model, one view of each face, chosen on PublicTest ({public['accuracy']:.1%})"
    if TEST not in run.splits:
        return f"{lines}. PrivateTest was not predicted."
    test = run.metrics(TEST)
    y_true, y_prob = run.targets_and_probabilities(TEST)
    honest = expected_calibration_error(y_true, apply_temperature(y_prob, about["temperature"]))
    times, days = len(run.reported), ", ".join(run.reported)
    lines += f".\nPrivateTest was predicted {'once' if times == 1 else f'{times} times'} ({days}): **{test['accuracy']:.1%}**"
    if leaked is not None and run.task == EXPRESSIONS.name:
        clean = run.metrics(TEST, set(leaked.loc[leaked["split"] == TEST, "row"]))
        lines += (
            f" ({clean['accuracy']:.1%} without\nthe {test['faces'] - clean['faces']} faces that are in Training too)"
        )
    return (
        f"{lines}. Balanced accuracy {test['balanced_accuracy']:.1%},\nmacro F1 {test['macro_f1']:.3f}. Expected calibration error "
        f"{test['expected_calibration_error']:.3f}, {honest:.3f} with the temperature."
    )


def _second_head(about: dict) -> str:
    """Say what the other head of ``model.onnx`` is, and how recognition takes both."""
    if not (second := about.get("second")):
        return ""
    reached = ", ".join(f"{split} {accuracy:.1%}" for split, accuracy in second["measured"].items())
    return f"""\
## A second head

`model.onnx` has a second output: probabilities of {", ".join(second["classes"])}, from `results/{second["task"]}/{second["experiment"]}/`,
learnt on the same body, frozen ({reached}, by that task's labels). Recognition averages both by default, with {second["weight"]:g} of the second
one: on faces of the wild that is right more often, on FER-2013's own labels less often. All numbers above are the first head's alone.

"""


def _beside(experiment: dict) -> str:
    rows = [
        f"\n| learnt beside it | {head['targets']} of the faces to learn, at weight {head['loss_weight']:g}, by a further head that the files are without |"
        for head in experiment["heads"][1:]
    ]
    return "".join(rows)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
