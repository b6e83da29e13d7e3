"""Write requirements.lock and environment.yml from pyproject.toml.

uv chooses the newest versions that fit pyproject.toml on Python 3.10 to 3.13; environment.yml
repeats the direct ones, with the reason that stands beside each in pyproject.toml.
``--keep`` leaves the versions that are locked and adds what is missing; ``--environment`` keeps the
lock as it is and writes environment.yml only.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
ENVIRONMENT = ROOT / "environment.yml"
PYTHON = "3.12"  # of the conda environment

HEAD = f"""\
# For conda users: conda env create -f environment.yml && conda activate facial-expressions
# Written by `make lock` from pyproject.toml; the versions are those of requirements.lock.
name: facial-expressions
channels: [conda-forge]
dependencies:
  - python={PYTHON}
  - pip
  - pip:
      - -c requirements.lock  # whatever the packages below need
"""
FOOT = "      - -e .  # this project: the helpers and the fer command\n"


def direct() -> list[tuple[Requirement, str]]:
    """Read pyproject.toml's dependencies and the reason that stands beside each."""
    lines = re.findall(r'^    "([^"]+)",[ ]*(?:# *(.*))?$', _pyproject(), re.MULTILINE)
    return [(Requirement(text), reason) for text, reason in lines]


def pins(python: str = PYTHON) -> dict[str, str]:
    """Read which version the lock has of each package under a version of Python on Linux."""
    environment = default_environment() | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
    }
    lines = [Requirement(line) for line in LOCK.read_text().splitlines() if line[:1].isalpha()]
    return {
        line.name.lower(): str(line.specifier).removeprefix("==")
        for line in lines
        if line.marker is None or line.marker.evaluate(environment)
    }


def environment_yml() -> str:
    """Compose environment.yml."""
    locked = pins()
    lines = []
    for requirement, reason in direct():
        if requirement.marker is None or requirement.marker.evaluate({"python_version": PYTHON}):
            pin = f"      - {requirement.name}=={locked[requirement.name.lower()]}"
            lines.append(f"{pin}  # {reason}\n" if reason else f"{pin}\n")
    return HEAD + "".join(lines) + FOOT


def _pyproject() -> str:
    text = (ROOT / "pyproject.toml").read_text()
    return text[text.index("dependencies = [") : text.index("[project.scripts]")]


def main() -> None:
    """Read the command line."""
    if "--environment" not in sys.argv:
        if not shutil.which("uv"):
            sys.exit("`make lock` needs uv on the PATH: pip install uv")
        newest = "" if "--keep" in sys.argv else "--upgrade"
        command = f"uv pip compile --universal --python-version 3.10 {newest} --extra dev"
        options = "--no-annotate --no-header --quiet pyproject.toml -o requirements.lock"
        subprocess.run(f"{command} {options}".split(), cwd=ROOT, check=True)
    ENVIRONMENT.write_text(environment_yml())
    print(f"Wrote {LOCK.name} and {ENVIRONMENT.name}.")


if __name__ == "__main__":
    main()
