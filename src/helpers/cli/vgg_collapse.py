"""``fer vgg-collapse``: record why VGG19 predicts one class only, and what frees it."""

from pathlib import Path

import click
from tqdm import tqdm

from helpers.cli import options
from helpers.datasets import load_faces
from helpers.evaluation import vgg_collapse as study
from helpers.faces import DataError
from helpers.system import suppress_stderr


@click.command("vgg-collapse")
@options.source_option
@click.option("--seed", default=0, show_default=True, help="Decides weights and batches.")
@click.option("--steps", default=400, show_default=True, help="Of the narrow networks.")
@click.option("--full-steps", default=120, show_default=True, help="Of the full width; 0 leaves it out.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=study.RECORDED,
    help="Folder to write; by default where the recorded study lies.",
)
def vgg_collapse(source, seed, steps, full_steps, out):
    """Train VGG19's layout in many settings for a few steps each, and record what became of them.

    A quarter of an hour on two cores. The learned weights come from the rendered faces.
    """
    with suppress_stderr():
        from helpers.training.vgg_collapse import pretrain_body, run_settings
    try:
        faces = load_faces(source)
        if faces.name == "rendered" and out == study.RECORDED:
            raise DataError("the recorded study needs FER-2013: `fer data status` says what to do")
        click.echo(repr(faces))
        full = study.FULL_SETTINGS if full_steps else ()
        lessons = 2 * steps
        total = lessons + steps * len(study.SETTINGS) + full_steps * len(full)
        with tqdm(total=total, unit="step") as bar:
            seen = {}

            def tell(name, step):
                bar.set_description(name)
                bar.update(step - seen.get(name, 0))
                seen[name] = step

            body = pretrain_body(load_faces("rendered"), lessons, seed, progress=tell)
            more = {"every": 50, "body": body, "progress": tell}
            found = run_settings(study.SETTINGS, faces, steps, seed, **more)
            found.made["learned start"] = f"{lessons} steps on the rendered faces"
            if full:
                found += run_settings(full, faces, full_steps, seed, every=40, progress=tell)
    except DataError as error:
        raise click.ClickException(str(error)) from error
    click.echo(found.summary().to_string(float_format="{:.1f}".format))
    click.echo(f"Wrote {study.save(found, out)}.")
