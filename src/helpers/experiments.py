"""The experiments: a few lines of configuration each. In: a name. Out: an ``Experiment``."""

from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True)
class Stage:
    """Some epochs of a training.

    Attributes
    ----------
    epochs : int
        How many.
    rate : float
        Learning rate at its highest.
    trains : str
        ``all``, ``head``, or the name of the first layer of a pre-trained body that learns.
    """

    epochs: int
    rate: float
    trains: str = "all"


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
    batch : int
        Faces in a step.
    smoothing, mixup : float
        Label smoothing; strength of mixup, 0 for none.
    votes : float
        Weight of a second head that learns how observers' votes are spread, 0 for none. Only
        Training's votes are used.
    average : float
        The model that is measured and kept is an average over the last steps: so much of the
        average stays at each. 0 for none.
    share : float
        Of Training's faces, drawn by the seed, what is learnt from.
    """

    name: str
    model: str
    stages: tuple[Stage, ...]
    options: dict = field(default_factory=dict)
    augmentation: dict = field(default_factory=dict)
    optimizer: str = "adam"
    schedule: str = "constant"
    batch: int = 64
    smoothing: float = 0.0
    mixup: float = 0.0
    votes: float = 0.0
    average: float = 0.0
    share: float = 1.0

    @property
    def epochs(self) -> int:
        """Of all stages together."""
        return sum(stage.epochs for stage in self.stages)

    def seen(self, faces: int) -> int:
        """Of so many faces in Training, how many it learns from in an epoch."""
        return round(self.share * faces)

    def lasting(self, epochs: int) -> "Experiment":
        """The same for about so many epochs in all: each stage shorter or longer."""
        times = epochs / self.epochs
        stages = (replace(s, epochs=max(1, round(s.epochs * times))) for s in self.stages)
        return replace(self, stages=tuple(stages))

    def from_scratch(self) -> "Experiment":
        """The same without ImageNet: at the faces' own size, all layers learn, in more steps."""
        rate, head = FROM_CHANCE[self.model]
        options = self.options | {"start": "random", "side": 48} | head
        stages = (Stage(self.epochs, rate),)
        return replace(self, stages=stages, options=options, batch=64)

    def as_dict(self) -> dict:
        """Plain values, for a file."""
        return asdict(self)


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
}

#: Rate and head for a start from chance. VGG has no normalisation: a higher rate kills its units,
#: and all that stands between the picture and the answer makes it stay longer on the largest class.
_SHORT_HEAD = {"units": 0, "dropout": 0.3}
FROM_CHANCE = {
    "vgg16": (2e-4, _SHORT_HEAD),
    "vgg19": (2e-4, _SHORT_HEAD),
    "densenet121": (2e-3, {}),
}

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
            batch=128,
            smoothing=0.1,
        ),
        Experiment(
            "alexnet",
            "alexnet",
            (Stage(50, 1e-3),),
            augmentation=MEDIUM,
            schedule="cosine",
            batch=256,
        ),
        Experiment(
            "flagship",
            "se_resnet",
            (Stage(100, 0.1),),
            augmentation=STRONG,
            optimizer="sgd",
            schedule="cosine",
            batch=128,
            smoothing=0.1,
            votes=0.5,
            average=0.998,
        ),
        *(
            Experiment(
                name,
                name,
                stages,
                options={"start": "imagenet"},
                augmentation=STRONG,
                schedule="cosine",
                smoothing=0.1,
                batch=128,
            )
            for name, stages in PRETRAINED.items()
        ),
    )
}

#: The flagship's recipe made narrower and shorter, and the same with one thing changed at a time:
#: first what the recipe is made of, then what more of everything would bring.
_SHORT = replace(
    EXPERIMENTS["flagship"],
    name="recipe",
    stages=(Stage(16, 0.1),),
    options={"widths": (16, 32, 64, 128)},
)
ABLATION: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        _SHORT,
        replace(_SHORT, name="no_votes", votes=0.0),
        replace(_SHORT, name="no_augmentation", augmentation={}),
        replace(_SHORT, name="gentle_augmentation", augmentation=GENTLE),
        replace(_SHORT, name="no_erasing", augmentation=STRONG | {"erasing": 0.0}),
        replace(_SHORT, name="no_average", average=0.0),
        replace(_SHORT, name="no_squeeze", options=_SHORT.options | {"squeeze": False}),
        replace(_SHORT, name="no_smoothing", smoothing=0.0),
        replace(_SHORT, name="no_decay", options=_SHORT.options | {"decay": 0.0}),
        replace(_SHORT, name="no_dropout", options=_SHORT.options | {"dropout": 0.0}),
        replace(_SHORT, name="mixup", mixup=0.2),
        replace(_SHORT, name="adam", optimizer="adam", stages=(Stage(16, 2e-3),)),
        replace(_SHORT, name="half_the_faces", share=0.5).lasting(32),  # in as many steps
        replace(_SHORT, name="wider", options={"widths": (32, 64, 128, 256)}),
        replace(_SHORT, name="longer").lasting(32),
    )
}
