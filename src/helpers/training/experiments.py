"""The experiments: a few lines of configuration each. In: a name. Out: an ``Experiment``."""

from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True)
class Stage:
    """Some epochs of a training.

    Attributes
    ----------
    epochs : int
        How many.
    learning_rate : float
        At its highest.
    trainable_from : str
        ``all``, ``head``, or the name of the first layer of a pre-trained body that learns.
    """

    epochs: int
    learning_rate: float
    trainable_from: str = "all"


@dataclass(frozen=True)
class Head:
    """An output of a model, and what it learns.

    Attributes
    ----------
    name : str
        Of its layer; the first one's is ``probabilities``.
    targets : str
        A name in `helpers.training.targets.TARGETS`.
    loss_weight : float
        How much its loss counts.
    task : str, optional
        Of a further head: the task that it answers, under which it is recorded too.
    """

    name: str = "probabilities"
    targets: str = "labels"
    loss_weight: float = 1.0
    task: str | None = None


#: Learns which muscles move, on faces that are rendered from them.
ACTION_UNITS_HEAD = Head("action_units", "action_units")
#: Learns how observers' votes are spread; only Training's votes are used.
VOTES_HEAD = Head("votes", "votes", 0.5, "ferplus")


@dataclass(frozen=True)
class Experiment:
    """How to train a model.

    Attributes
    ----------
    name, model : str
        The folder of its results; which model.
    stages : tuple of Stage
        One after the other.
    options : dict
        For the model's builder.
    augmentation : dict
        For the augmentation layer; empty for none.
    optimizer : str
        ``adam`` or ``sgd`` (with Nesterov momentum).
    schedule : str
        ``constant``, or ``cosine`` down to nothing after one epoch of warming up.
    batch_size : int
        Faces in a step.
    label_smoothing, mixup_alpha : float
        Share of a label that goes to all classes alike; parameter of mixup, 0 for none.
    heads : tuple of Head
        The first answers the task; others learn beside it.
    ema_momentum : float
        The model that is measured and kept is an exponential moving average over the steps: so much of the average
        stays at each. 0 for none.
    train_fraction : float
        Of Training's faces, drawn by the seed, what is learnt from.
    """

    name: str
    model: str
    stages: tuple[Stage, ...]
    options: dict = field(default_factory=dict)
    augmentation: dict = field(default_factory=dict)
    optimizer: str = "adam"
    schedule: str = "constant"
    batch_size: int = 64
    label_smoothing: float = 0.0
    mixup_alpha: float = 0.0
    heads: tuple[Head, ...] = (Head(),)
    ema_momentum: float = 0.0
    train_fraction: float = 1.0

    @property
    def epochs(self) -> int:
        """Of all stages together."""
        return sum(stage.epochs for stage in self.stages)

    @property
    def learns_head_only(self) -> bool:
        """Nothing before the head changes, nor do the pictures: its features are needed once."""
        return not self.augmentation and all(stage.trainable_from == "head" for stage in self.stages)

    def samples_per_epoch(self, faces: int) -> int:
        """Of so many faces in Training, how many it learns from in an epoch."""
        return round(self.train_fraction * faces)

    def with_epochs(self, epochs: int) -> "Experiment":
        """The same for about so many epochs in all: each stage shorter or longer."""
        times = epochs / self.epochs
        stages = (replace(s, epochs=max(1, round(s.epochs * times))) for s in self.stages)
        return replace(self, stages=tuple(stages))

    def from_scratch(self) -> "Experiment":
        """The same without ImageNet: at the faces' own size, all layers learn, in more steps."""
        learning_rate, head = FROM_SCRATCH[self.model]
        options = self.options | {"weights": "random", "image_size": 48} | head
        stages = (Stage(self.epochs, learning_rate),)
        return replace(self, stages=stages, options=options, batch_size=64)

    def as_dict(self) -> dict:
        """Plain values, for a file."""
        return asdict(self)

    def _repr_html_(self) -> str:
        """A row for each field that is not what it would be anyway."""
        plain = Experiment(self.name, self.model, self.stages).as_dict()
        shown = {"model": self.model, "stages": "; ".join(map(_stage_words, self.stages))}
        for name, value in self.as_dict().items():
            if value != plain[name]:
                if name == "heads":
                    value = {head["name"]: head["targets"] for head in value}
                if isinstance(value, dict):
                    value = ", ".join(f"{key} {one}" for key, one in value.items())
                shown[name] = value
        rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in shown.items())
        return f"<table><caption>experiment <b>{self.name}</b></caption>{rows}</table>"


def _stage_words(stage: Stage) -> str:
    learns = "" if stage.trainable_from == "all" else f", from {stage.trainable_from} on"
    return f"{stage.epochs} epochs at {stage.learning_rate:g}{learns}"


#: What the first student project used, and what deeper networks need.
GENTLE = {"rotation": 10, "shear": 10, "brightness": 0.1, "flip": True}
MEDIUM = GENTLE | {"shift": 0.06, "zoom": 0.1, "contrast": 0.2}
STRONG = {
    "rotation": 12,
    "shear": 6,
    "zoom": 0.15,
    "shift": 0.08,
    "flip": True,
    "brightness": 0.15,
    "contrast": 0.25,
    "erasing": 0.3,
}
AUGMENTATIONS = {"none": {}, "gentle": GENTLE, "medium": MEDIUM, "strong": STRONG}
#: Those that start from ImageNet: the head first, then the upper part of the body too.
PRETRAINED = {
    "vgg16": (Stage(4, 1e-3, "head"), Stage(30, 1e-4, "block3_conv1")),
    "vgg19": (Stage(4, 1e-3, "head"), Stage(30, 1e-4, "block3_conv1")),
    "densenet121": (Stage(4, 1e-3, "head"), Stage(40, 5e-4, "conv3_block1_0_bn")),
    "alexnet_imagenet": (Stage(4, 1e-3, "head"), Stage(30, 2e-4, "conv1")),
}

#: Learning rate and head for random initialisation. VGG has no normalisation: a higher rate kills its units, and each
#: layer in its head makes it stay longer on the largest class.
_SHORT_HEAD = {"units": 0, "dropout": 0.3}
FROM_SCRATCH = dict.fromkeys(("vgg16", "vgg19", "alexnet_imagenet"), (2e-4, _SHORT_HEAD)) | {"densenet121": (2e-3, {})}

#: A head learns on features that are computed once; faces at their own size are a minute's work for VGG.
_HEAD_ONLY = (Stage(30, 1e-3, "head"),)
_SMALL_VGG = {"image_size": 48, "units": 0}

#: The flagship's recipe made narrower and shorter, for sets without observers' votes.
_SMALL = Experiment(
    "se_resnet_small",
    "se_resnet",
    (Stage(16, 0.1),),
    options={"filters": (16, 32, 64, 128)},
    augmentation=STRONG,
    optimizer="sgd",
    schedule="cosine",
    batch_size=128,
    label_smoothing=0.1,
    ema_momentum=0.998,
)

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        Experiment("baseline_cnn", "baseline_cnn", (Stage(30, 1e-3),)),
        Experiment(
            "baseline_cnn_augmented",
            "baseline_cnn",
            (Stage(60, 1e-3),),
            options={"dropout": 0.3},
            augmentation=GENTLE,
            schedule="cosine",
        ),
        Experiment(
            "deeper_cnn",
            "deeper_cnn",
            (Stage(40, 2e-3),),
            augmentation=MEDIUM,
            schedule="cosine",
            batch_size=128,
            label_smoothing=0.1,
        ),
        Experiment("alexnet", "alexnet", (Stage(50, 1e-3),), augmentation=MEDIUM, schedule="cosine", batch_size=256),
        # As a student project had them for `valence`: without augmentation, at one rate.
        Experiment(
            "student_cnn",
            "baseline_cnn",
            (Stage(50, 1e-3),),
            options={"filters": (32, 64), "dropout": 0.0},
            batch_size=256,
        ),
        Experiment("student_alexnet", "alexnet", (Stage(50, 1e-3),), options={"dropout": 0.5}, batch_size=256),
        _SMALL,
        replace(_SMALL, name="se_resnet_action_units", batch_size=64, heads=(Head(), ACTION_UNITS_HEAD)),
        Experiment(
            "flagship",
            "se_resnet",
            (Stage(100, 0.1),),
            augmentation=STRONG,
            optimizer="sgd",
            schedule="cosine",
            batch_size=128,
            label_smoothing=0.1,
            heads=(Head(), VOTES_HEAD),
            ema_momentum=0.998,
        ),
        *(
            Experiment(name, model, _HEAD_ONLY, options=options, schedule="cosine", batch_size=256)
            for name, model, options in (
                ("flagship_head", "transferred", {"body": "flagship"}),
                ("vgg16_frozen", "vgg16", {"weights": "imagenet"} | _SMALL_VGG),
                ("alexnet_frozen", "alexnet_imagenet", {"weights": "imagenet", "image_size": 128, "units": 0}),
            )
        ),
        # What observers see, learnt from how their votes are spread, on the body that learnt FER-2013.
        Experiment(
            "flagship_votes_head",
            "transferred",
            _HEAD_ONLY,
            options={"body": "flagship", "dropout": 0.0},
            schedule="cosine",
            batch_size=256,
            heads=(Head(targets="votes"),),
        ),
        replace(
            _SMALL,
            name="flagship_finetuned",
            model="transferred",
            stages=(Stage(1, 0.1, "head"), Stage(6, 0.02)),
            options={"body": "flagship"},
            ema_momentum=0.99,
        ),
        Experiment(
            "vgg16_imagenet",
            "vgg16",
            (Stage(1, 1e-3, "head"), Stage(9, 1e-4, "block3_conv1")),
            options={"weights": "imagenet"} | _SMALL_VGG,
            augmentation=MEDIUM,
            schedule="cosine",
            label_smoothing=0.1,
        ),
        *(
            Experiment(
                name,
                name,
                stages,
                options={"weights": "imagenet"},
                augmentation=STRONG,
                schedule="cosine",
                label_smoothing=0.1,
                batch_size=128,
            )
            for name, stages in PRETRAINED.items()
        ),
    )
}

#: The flagship's recipe made narrower and shorter, and the same with one thing changed at a time: first what the recipe
#: is made of, then what more of everything would bring.
_SHORT = replace(EXPERIMENTS["flagship"], stages=(Stage(16, 0.1),), options={"filters": (16, 32, 64, 128)})
_CHANGES = {
    "recipe": {},
    "no_votes": {"heads": (Head(),)},
    "no_augmentation": {"augmentation": {}},
    "gentle_augmentation": {"augmentation": GENTLE},
    "no_erasing": {"augmentation": STRONG | {"erasing": 0.0}},
    "no_average": {"ema_momentum": 0.0},
    "no_squeeze": {"options": _SHORT.options | {"use_se": False}},
    "no_smoothing": {"label_smoothing": 0.0},
    "no_decay": {"options": _SHORT.options | {"l2": 0.0}},
    "no_dropout": {"options": _SHORT.options | {"dropout": 0.0}},
    "mixup": {"mixup_alpha": 0.2},
    "adam": {"optimizer": "adam", "stages": (Stage(16, 2e-3),)},
    "half_the_faces": {"train_fraction": 0.5, "stages": (Stage(32, 0.1),)},  # in as many steps
    "wider": {"options": {"filters": (32, 64, 128, 256)}},
    "longer": {"stages": (Stage(32, 0.1),)},
}
ABLATION: dict[str, Experiment] = {
    name: replace(_SHORT, name=f"ablation/{name}", **change) for name, change in _CHANGES.items()
}

#: How many labels it takes: a small network from several starts, and heads on frozen bodies, on so many percent of
#: Training. Fewer faces are seen more often, all of them less.
PERCENT = (1, 3, 10, 30, 100)
_STARTS = {
    "random": {},
    "sex": {"model": "transferred", "options": {"body": "sex/se_resnet_small"}},
    "action_units": {"model": "transferred", "options": {"body": "expressions/se_resnet_action_units"}},
}


def _with_labels(experiment: Experiment, name: str, percent: int) -> Experiment:
    fewer = replace(experiment, name=f"labels/{name}_{percent}", train_fraction=percent / 100)
    return fewer.with_epochs(round(experiment.epochs * (100 / percent) ** 0.5))


LABELS: dict[str, Experiment] = {
    f"{name}_{percent}": _with_labels(experiment, name, percent)
    for name, experiment in (
        *((name, replace(_SMALL, **changed)) for name, changed in _STARTS.items()),
        *((name, EXPERIMENTS[name]) for name in ("vgg16_frozen", "alexnet_frozen")),
    )
    for percent in PERCENT
}
#: Sets of trainings that are compared with each other.
STUDIES = {"recipe": ABLATION, "labels": LABELS}
