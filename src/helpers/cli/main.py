"""The ``fer`` command: ``fer --help`` lists what it can do."""

import importlib

import click

#: name -> (module in helpers.cli, one line for --help)
COMMANDS = {
    "predict": ("predict", "Recognise expressions in pictures, folders, videos."),
    "evaluate": ("evaluate", "Measure a model on anybody's labelled faces, with a report."),
    "find": ("find", "Measure finders of faces, draw what they find, or train one."),
    "serve": ("serve", "Serve the live app: upload a face, or look into the camera."),
    "data": ("data", "Find, check, describe and fetch data sets."),
    "faces": ("faces", "Draw rendered faces: the built-in set, or a sheet to look at."),
    "starts": ("starts", "List weights learnt elsewhere, and fetch them."),
    "train": ("train", "Train the model of an experiment and record the run."),
    "report": ("report", "Predict the test set with a recorded run: once."),
    "results": ("results", "Print the leaderboards of all tasks."),
    "tta": ("combine", "Record a run's model with test-time augmentation."),
    "ensemble": ("combine", "Put together what several recorded runs say."),
    "ablate": ("ablate", "Train one thing changed at a time: a recipe, or where a network starts."),
    "export": ("export", "Write a trained model in formats for elsewhere."),
    "verify": ("export", "Measure exported models again."),
    "vgg-collapse": ("vgg_collapse", "Record why VGG19 predicts one class only."),
}
#: Errors whose message says what to do. By name: importing their modules takes seconds.
TOLD = {"DataError", "NoFinder", "NoModel", "NoStart", "NoWeights", "TrainingFailed"}


class LazyGroup(click.Group):
    """A group that imports a command when it is used, so that ``fer --help`` is instant.

    `table` is of the form of `COMMANDS`, which it is by default.
    """

    def __init__(self, *args, table: dict[str, tuple[str, str]] | None = None, **more):
        super().__init__(*args, **more)
        self.table = table or COMMANDS

    def list_commands(self, ctx):
        """Name the commands in the order of the table."""
        return list(self.table)

    def get_command(self, ctx, name):
        """Import a command."""
        if name not in self.table:
            return None
        try:
            return getattr(importlib.import_module(f"helpers.cli.{self.table[name][0]}"), name.replace("-", "_"))
        except ModuleNotFoundError as error:
            raise _missing(ctx, name, error) from error

    def invoke(self, ctx):
        """Run a command, and tell what the user can mend without a traceback."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise _missing(ctx, ctx.invoked_subcommand, error) from error
        except Exception as error:
            if TOLD.isdisjoint(base.__name__ for base in type(error).__mro__):
                raise
            raise click.ClickException(str(error)) from error

    def format_commands(self, ctx, formatter):
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])


def _missing(ctx: click.Context, verb: str, error: ModuleNotFoundError) -> click.ClickException:
    verb = f"{ctx.info_name} {verb}" if ctx.parent else verb
    return click.ClickException(
        f"`fer {verb}` needs the package {error.name}, which the light installation is without: "
        "in the project's folder, `make setup` or pip install '.[study]' adds it"
    )


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="facial-expressions")
def main():
    """Study facial expressions: find data, draw faces, train models, look at results."""
