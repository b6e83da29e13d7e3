"""``fer vgg-collapse``: record why VGG19 predicts one class only, and what frees it."""

import click
from tqdm import tqdm

from helpers.cli import options
from helpers.datasets import load_faces
from helpers.evaluation import vgg_collapse as study
from helpers.system import suppress_stderr


@click.command("vgg-collapse")
@options.source_option
@click.option("--seed", default=0, help="Decides weights and batches.")
@click.option("--steps", default=400, help="Of the narrow networks.")
@click.option("--full-steps", default=120, help="Of the full width; 0 leaves it out.")
@click.option(
    "--out",
    type=options.FOLDER,
    default=study.RECORDED,
    show_default=False,
    help="Folder to write; by default where the recorded study lies.",
)
def vgg_collapse(source, seed, steps, full_steps, out):
    """Train VGG19's layout in many settings for a few steps each, and record what became of them.

    A quarter of an hour on two cores. The learned weights come from the rendered faces.
    """
    with suppress_stderr():
        from helpers.training.vgg_collapse import pretrain_body, run_settings

    faces = load_faces(source)
    options.check_recordable(faces, out, study.RECORDED, "the recorded study")
    click.echo(repr(faces))
    lessons, full = 2 * steps, study.FULL_SETTINGS if full_steps else ()
    total = lessons + steps * len(study.SETTINGS) + full_steps * len(full)
    with tqdm(total=total, unit="step") as bar:
        seen = {}

        def tell(name, step):
            bar.set_description(name)
            bar.update(step - seen.get(name, 0))
            seen[name] = step

        body = pretrain_body(load_faces("rendered"), lessons, seed, progress=tell)
        found = run_settings(study.SETTINGS, faces, steps, seed, every=50, body=body, progress=tell)
        found.made["learned start"] = f"{lessons} steps on the rendered faces"
        if full:
            found += run_settings(full, faces, full_steps, seed, every=40, progress=tell)
    click.echo(found.summary().to_string(float_format="{:.1f}".format))
    click.echo(f"Wrote {study.save(found, out)}.")
