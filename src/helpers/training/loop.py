"""The one fit loop. In: an experiment, faces, a seed. Out: a recorded run, and the best model.

Everything that chance decides is drawn anew for each epoch from the seed and the epoch's number, and model and
optimiser are kept after each epoch: a training that was killed resumes where its last epoch ended, and ends with the
same history as one that was not.

Training reads the splits to learn from and to choose on; the test set is for `report`.
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from helpers.config import TRAINING, VALIDATION
from helpers.evaluation import runs
from helpers.faces import EXPRESSIONS, DataError, Faces, Task
from helpers.faces.tasks import TASKS
from helpers.models import Augment, add_head, build, split_at_features
from helpers.system import write_json
from helpers.training import provenance
from helpers.training.callbacks import Checkpoint, EpochBatches, SeedEachEpoch, TrainingFailed, Validate, predict
from helpers.training.experiments import Experiment, Stage
from helpers.training.frozen import frozen_features
from helpers.training.targets import Targets, head_targets

__all__ = ["TrainingFailed", "best_model", "load_recorded_model", "predict", "resumed", "train"]

#: What is minimised, by how a head tells its answers.
LOSSES = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}
#: Probabilities of one model differ by less between machines; those of two epochs by more.
TOLERANCE = 0.01


def train(
    experiment: Experiment,
    faces: Faces,
    seed: int = 0,
    *,
    task: Task = EXPRESSIONS,
    results: Path = runs.RESULTS,
    resume: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> runs.Run:
    """Train, choose the best epoch on PublicTest, and record it all.

    Parameters
    ----------
    experiment : Experiment
        How to train.
    faces : Faces
        With Training and PublicTest, as the data set labels them.
    seed : int
        The same seed on the same machine gives the same history.
    task : Task
        What the faces are asked.
    results : Path
        Where runs are recorded; `helpers.evaluation.runs.checkpoint_dir` says where weights go.
    resume : bool
        Go on where a former training ended or was killed; without it, start anew.
    callbacks : sequence of keras.callbacks.Callback
        Called after those of the loop, so that the logs hold ``val_accuracy``.
    """
    if missing := [split for split in (TRAINING, VALIDATION) if split not in faces.split]:
        raise DataError(f"{faces.name} has no {' and no '.join(missing)}: training needs both")
    faces = faces.in_split(TRAINING, VALIDATION)
    learning = _fraction(experiment, task.apply(faces.in_split(TRAINING)), seed)
    choosing = task.apply(faces.in_split(VALIDATION))
    targets = head_targets(experiment, learning)
    record = runs.run_dir(experiment.name, seed, results, task.name)
    weights = runs.checkpoint_dir(experiment.name, seed, results, task.name)
    for place in (record, weights):
        place.mkdir(parents=True, exist_ok=True)

    if resume:
        provenance.check_resumable(experiment, faces, task, record)
    keras.utils.set_random_seed(seed)
    head_only = experiment.learns_head_only  # in seconds: it begins anew
    done, model, history = resumed(weights, record) if resume and not head_only else (0, None, [])
    if model is None:
        done, history = 0, []
        model = _built(experiment, targets)
        for left in (*weights.glob("*.keras"), *record.iterdir()):  # now that it can begin anew
            left.unlink()
    if not done:
        write_json(record / "config.json", provenance.config(experiment, faces, task, seed, model))

    y_true = {name: one.y_true for name, one in targets.items()}
    whole, learnt_from, chosen_on = model, learning.images, choosing.images
    if head_only:
        body, model = split_at_features(model)
        learnt_from, chosen_on = frozen_features(body, faces, [learning, choosing])
    batches = EpochBatches(learnt_from, y_true, experiment.batch_size, experiment.mixup_alpha, seed)
    own = [
        SeedEachEpoch(batches),
        Validate(chosen_on, choosing.labels),
        Checkpoint(weights, record, history, whole=whole),
    ]
    first = 0
    for stage in experiment.stages:
        begins, first = first, first + stage.epochs
        if done >= first:
            continue
        if done <= begins:
            _compile(model, experiment, stage, targets, len(batches))
        try:
            how = {"shuffle": False, "verbose": 0, "callbacks": [*own, *callbacks]}
            model.fit(batches, initial_epoch=max(done, begins), epochs=first, **how)
        except TrainingFailed as error:
            raise TrainingFailed(f"{experiment.name}: {error}") from error
    return _finish(experiment, faces, task, seed, results, pd.DataFrame(history))


def _fraction(experiment: Experiment, faces: Faces, seed: int) -> Faces:
    """Draw the fraction of Training's faces that the experiment learns from, in their order."""
    if experiment.train_fraction == 1:
        return faces
    drawn = np.random.default_rng(seed).permutation(len(faces))
    return faces.take(np.sort(drawn[: experiment.samples_per_epoch(len(faces))]))


def _built(experiment: Experiment, targets: dict[str, Targets]) -> keras.Model:
    augmentation = Augment(**experiment.augmentation) if experiment.augmentation else None
    first, *others = experiment.heads
    units = len(targets[first.name].names)
    model = build(experiment.model, units, augmentation, **experiment.options)
    for head in others:
        model = add_head(model, head.name, len(targets[head.name].names), targets[head.name].activation)
    return model


def _compile(model: keras.Model, experiment: Experiment, stage: Stage, targets: dict[str, Targets], steps: int) -> None:
    _choose_layers(model, stage.trainable_from)
    rate = stage.learning_rate
    if experiment.schedule == "cosine":
        warm, last = min(steps, steps * stage.epochs // 2), steps * stage.epochs
        rate = keras.optimizers.schedules.CosineDecay(rate / 25, last - warm, warmup_target=rate, warmup_steps=warm)
    momentum = experiment.ema_momentum
    average = {"use_ema": True, "ema_momentum": momentum} if momentum else {}
    if experiment.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **average)
    else:
        optimizer = keras.optimizers.Adam(rate, **average)
    optimizer.build(model.trainable_variables)  # or else TensorFlow traces the first step twice
    others = len(experiment.heads) - 1
    model.compile(
        optimizer,
        [LOSSES[targets[head.name].activation] for head in experiment.heads],
        [head.loss_weight for head in experiment.heads],
        metrics=[["accuracy"], *[[]] * others] if others else ["accuracy"],
    )


def _choose_layers(model: keras.Model, trainable_from: str) -> None:
    """Let all layers learn, or only the head, or the body from a layer on."""
    body = next((layer for layer in model.layers if layer.name == "body"), None)
    if trainable_from == "all" or not body:
        for layer in (model, *model.layers, *(body.layers if body else ())):
            layer.trainable = True  # a body that learns already would not hand it on to its layers
        return
    learns = False
    for layer in body.layers:
        learns = learns or layer.name == trainable_from
        layer.trainable = learns
    if trainable_from != "head" and not learns:
        raise ValueError(f"no layer {trainable_from!r} in {model.name}")


def resumed(weights: Path, record: Path) -> tuple[int, keras.Model | None, list[dict]]:
    """Find the last epoch of which both model and history are complete."""
    try:
        history = pd.read_csv(record / "history.csv", float_precision="round_trip").to_dict("records")
    except (FileNotFoundError, pd.errors.EmptyDataError):
        return 0, None, []
    kept = sorted(weights.glob("epoch*.keras"), reverse=True)
    if history and not kept:
        raise DataError(
            f"{record} has {len(history)} epochs, but {weights} no weights to go on from. "
            "Weights are not in the repository: train anew"
        )
    for path in kept:
        epoch = int(path.stem.removeprefix("epoch"))
        if epoch <= len(history):
            return epoch, keras.models.load_model(path), history[:epoch]
    return 0, None, []


def best_model(
    experiment: str, seed: int = 0, results: Path = runs.RESULTS, task: str = EXPRESSIONS.name
) -> keras.Model:
    """Load the model of the epoch that a training chose on PublicTest."""
    path = runs.checkpoint_dir(experiment, seed, results, task) / "best.keras"
    if not path.is_file():
        raise DataError(f"{path} is missing: weights are where they were trained, not in git")
    return keras.models.load_model(path, compile=False)


def load_recorded_model(run: runs.Run, faces: Faces, results: Path = runs.RESULTS) -> keras.Model:
    """Load the model of a recorded run, and make sure that it is the one that was recorded."""
    if "made" in run.config:
        raise DataError(f"{run.name} was made from {', '.join(run.config['made']['from'])}")
    if run.config["data"]["fingerprint"] != provenance.fingerprint(faces):
        raise DataError(f"{run.experiment} was trained on other data than {faces.name}")
    model = best_model(run.experiment, run.seed, results, run.task)
    some = TASKS[run.task].apply(faces.in_split(VALIDATION))
    some = some.take(range(min(256, len(some))))
    recorded = run.targets_and_probabilities(VALIDATION)[1][: len(some)]
    if np.abs(predict(model, some.images)[0] - recorded).mean() > TOLERANCE:
        raise DataError(f"the weights that are kept of {run.name} are not those of its record")
    return model


def predictions_of(
    model: keras.Model, experiment: dict, task: Task, faces: Faces
) -> list[tuple[str, str, pd.DataFrame]]:
    """Predict faces of one split, and table what each head says of those that its task asks.

    Parameters
    ----------
    model : keras.Model
        With the experiment's heads, in their order.
    experiment : dict
        Its plain values, as a run's config has them.
    task : Task
        What the first head answers.
    faces : Faces
        As the data set labels them.

    Returns
    -------
    list of (str, str, DataFrame)
        Of each head that answers a task: its name, the task's, a table as ``predictions.parquet`` keeps it.
    """
    found = []
    for place, head in enumerate(experiment["heads"]):
        asked = TASKS.get(head["task"]) if place else task
        if asked is None:
            continue
        part = asked.apply(faces)
        y_prob = predict(model, part.images)[place]
        if head["targets"] == "votes":  # what it learnt may be called otherwise, and be more, than the task asks
            names = [n for n in faces.vote_names if n in asked.relabel]
            y_prob = asked.sum_probabilities(y_prob, names)
        found.append((head["name"], asked.name, runs.predictions_frame(part, y_prob)))
    return found


def _finish(experiment, faces, task, seed, results, history) -> runs.Run:
    """Reload the best epoch's file, predict PublicTest, record what follows.

    What a further head says becomes a run of its own task, ``<experiment>_<head>``.
    """
    best = best_model(experiment.name, seed, results, task.name)
    (*_, table), *others = predictions_of(best, experiment.as_dict(), task, faces.in_split(VALIDATION))
    more = {
        "best epoch": int(history.loc[history["val_accuracy"].idxmax(), "epoch"]),
        "seconds": float(history["seconds"].sum()),
    }
    run = runs.save_run(experiment.name, seed, table, more, results, task.name)
    for head, answered, table in others:
        made = {"from": [run.name], "by": f"the head {head}"}
        runs.save_derived_run(f"{experiment.name}_{head}", run, made, table, results, answered)
    return run
