"""pyproject.toml, requirements.lock and environment.yml say the same."""

import pytest

import lock

ASKED_FOR = "jupyterlab tensorflow keras pandas seaborn matplotlib scikit-learn livelossplot nbval"


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_lock_holds_every_dependency_in_a_version_that_fits(python):
    locked = lock.pins(python)
    for requirement, _ in lock.direct():
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            version = locked[requirement.name.lower()]
            assert requirement.specifier.contains(version), f"{requirement.name} {version}"


def test_packages_of_the_study_are_direct_dependencies():
    assert set(ASKED_FOR.split()) <= {requirement.name for requirement, _ in lock.direct()}


def test_environment_file_is_what_the_lock_gives():
    assert lock.ENVIRONMENT.read_text() == lock.environment_yml(), "run `make lock`"


def test_opencv_keeps_its_cascades():
    assert lock.pins()["opencv-python-headless"].startswith("4.")
