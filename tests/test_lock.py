"""pyproject.toml, requirements.lock and environment.yml say the same."""

import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
GROUPS = {"light": PROJECT["dependencies"]} | PROJECT["optional-dependencies"]
ASKED_FOR = "jupyterlab tensorflow keras pandas seaborn matplotlib scikit-learn livelossplot nbval"


def pins(python: str) -> dict[str, str]:
    """Which version the lock has of each package under a version of Python on Linux."""
    machine = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    locked = [Requirement(line) for line in lines if line[:1].isalpha()]
    environment = default_environment() | machine | here
    return {
        one.name.lower(): str(one.specifier).removeprefix("==")
        for one in locked
        if one.marker is None or one.marker.evaluate(environment)
    }


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("group", GROUPS)
def test_lock_holds_every_dependency_in_a_version_that_fits(python, group):
    locked = pins(python)
    for requirement in map(Requirement, GROUPS[group]):
        version = locked[requirement.name.lower()]
        assert requirement.specifier.contains(version), f"{requirement.name} {version}"


def test_packages_that_were_asked_for_are_direct_dependencies():
    direct = {Requirement(line).name for lines in GROUPS.values() for line in lines}
    assert set(ASKED_FOR.split()) <= direct


def test_conda_users_get_the_locked_versions_of_study_and_dev():
    text = (ROOT / "environment.yml").read_text()
    assert "- -c requirements.lock" in text and "- -e .[study,dev]" in text
    assert set(ASKED_FOR.split()) <= set(text.replace(",", " ").split())


def test_opencv_keeps_its_cascades():
    assert pins("3.12")["opencv-python-headless"].startswith("4.")
