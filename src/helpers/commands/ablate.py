"""``fer ablate``: what each ingredient of the flagship's recipe brings."""

import click

from helpers import runs
from helpers.commands.train import folder_of_results, summary, with_bar
from helpers.config import ABLATION_RESULTS
from helpers.experiments import ABLATION
from helpers.faces import DataError
from helpers.quiet import quiet


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(list(ABLATION)))
@click.option("--seeds", default=1, show_default=True, help="How many runs of each, from seed 0.")
@click.option("--source", help="Data to train on: a file, a folder, or `rendered`.")
@click.option("--precision", default="float32", show_default=True, help="Or mixed_bfloat16.")
@folder_of_results
def ablate(names, seeds, source, precision, results):
    """Train the flagship's recipe, narrower and shorter, with one thing changed at a time.

    All variants, or those of the NAMEs only. What is recorded already is left as it is, and what
    was interrupted goes on, so the same command again finishes what is missing.
    """
    with quiet():
        from helpers import provenance, training
    from helpers.datasets import load_faces

    results = results or ABLATION_RESULTS
    try:
        faces = load_faces(source)
        if faces.name == "rendered" and results == ABLATION_RESULTS:
            raise DataError("a recorded run needs FER-2013: `fer data status` says what to do")
        for seed in range(seeds):
            for name in names or ABLATION:
                folder = runs.folder_of(name, seed, results)
                if (folder / "metrics.json").exists():
                    provenance.check_same(ABLATION[name], faces, folder)
                    run = runs.load(name, seed, results)
                else:
                    click.echo(f"{name}, seed {seed}")
                    options = {"results": results, "resume": True}
                    run = with_bar(ABLATION[name], faces, seed, precision, **options)
                click.echo(summary(run))
    except (DataError, training.TrainingFailed) as error:
        raise click.ClickException(str(error)) from error
