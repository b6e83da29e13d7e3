"""``fer serve``: the live app."""

import click

from helpers.inference.recognizer import HEADS


@click.command()
@click.option("--host", default="127.0.0.1", help="0.0.0.0 for your network.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535))
@click.option("--workers", default=2, type=click.IntRange(1, 64), help="Pictures that are processed at the same time.")
@click.option(
    "--queue-size",
    default=14,
    type=click.IntRange(0),
    help="So many more may wait; what comes beyond is asked to retry later.",
)
@click.option("--model", help="A shipped model, or a folder that `fer export` wrote.")
@click.option("--head", default="both", type=click.Choice(HEADS), help="Whose answer, of a model with two heads.")
@click.option("--open", "show", is_flag=True, help="Open it in a browser.")
def serve(host, port, workers, queue_size, model, head, show):
    """Serve the live app: upload a face, or look into the camera.

    Nothing is stored, nothing leaves the machine. Browsers give the camera only to pages of this machine or to https,
    so --host 0.0.0.0 alone serves uploads to others, not their cameras.
    """
    from webapp import OWN_NAMES, create_app, server

    app = create_app(model, workers, queue_size, OWN_NAMES if host in OWN_NAMES else None, head)
    try:
        server.serve(app, host, port, workers + queue_size, show)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{host}:{port} cannot be listened on ({error}); try --port 0") from error
