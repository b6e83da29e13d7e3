"""The ``fer`` command: ``fer --help`` lists what it can do."""

import importlib

import click

#: name -> (module in helpers.cli, attribute, one line for --help)
COMMANDS = {
    "predict": ("predict", "predict", "Recognise expressions in pictures, folders, videos."),
    "serve": ("serve", "serve", "Serve the live app: upload a face, or look into the camera."),
    "data": ("data", "data", "Find, check, describe and fetch data sets."),
    "faces": ("faces", "faces", "Draw rendered faces: the built-in set, or a sheet to look at."),
    "train": ("train", "train", "Train the model of an experiment and record the run."),
    "report": ("report", "report", "Predict the test set with a recorded run: once."),
    "results": ("results", "results", "Print the leaderboards of all tasks."),
    "tta": ("combine", "tta", "Record a run's model with test-time augmentation."),
    "ensemble": ("combine", "ensemble", "Put together what several recorded runs say."),
    "ablate": ("ablate", "ablate", "Train the flagship's recipe with one thing changed at a time."),
    "export": ("export", "export", "Write a trained model in formats for elsewhere."),
    "verify": ("export", "verify", "Measure exported models again."),
    "vgg-collapse": ("vgg_collapse", "vgg_collapse", "Record why VGG19 predicts one class only."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is used, so that ``fer --help`` is instant."""

    def list_commands(self, ctx):
        """Name the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx, name):
        """Import a command."""
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        try:
            return getattr(importlib.import_module(f"helpers.cli.{module}"), attribute)
        except ModuleNotFoundError as error:
            raise _missing(name, error) from error

    def invoke(self, ctx):
        """Run a command; where a package is missing, say which installation has it."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise _missing(ctx.invoked_subcommand, error) from error

    def format_commands(self, ctx, formatter):
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


def _missing(verb: str, error: ModuleNotFoundError) -> click.ClickException:
    return click.ClickException(
        f"`fer {verb}` needs the package {error.name}, which the light installation is without: "
        "in the project's folder, `make setup` or pip install '.[study]' adds it"
    )


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="facial-expressions")
def main():
    """Study facial expressions: find data, draw faces, train models, look at results."""
