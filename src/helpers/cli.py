"""The ``fer`` command: ``fer --help`` lists what it can do."""

import importlib

import click

#: name -> (module in helpers.commands, attribute, one line for --help)
COMMANDS = {
    "data": ("data", "data", "Find, check and fetch data sets."),
    "faces": (
        "faces",
        "faces",
        "Draw rendered faces: the built-in data set, or a sheet to look at.",
    ),
    "train": ("train", "train", "Train the model of an experiment and record the run."),
    "predict": ("predict", "predict", "Read the expressions in pictures, folders, videos."),
    "serve": ("serve", "serve", "Serve the live app: upload a face, or look into the camera."),
    "results": ("results", "results", "Print what the recorded trainings reached."),
    "views": ("again", "views", "Read both tests again in ten views of each face."),
    "ferplus": ("again", "ferplus", "Name FER+'s eight classes with a model that learnt votes."),
    "ensemble": ("again", "ensemble", "Put together what several recorded runs say."),
    "ablate": ("ablate", "ablate", "Train the flagship's recipe with one thing changed at a time."),
    "ship": ("models", "ship", "Write a trained model to models/, in formats for elsewhere."),
    "models": ("models", "models", "Measure the shipped models again."),
    "profile": ("profile", "profile", "Record what FER-2013 looks like, as plain numbers."),
    "stuck": ("stuck", "stuck", "Record why VGG19 names one class only, and what frees it."),
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
        return getattr(importlib.import_module(f"helpers.commands.{module}"), attribute)

    def format_commands(self, ctx, formatter):
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="facial-expressions")
def main():
    """Study facial expressions: find data, draw faces, train models, look at results."""
