"""``python -m helpers`` is ``fer``."""

from helpers.cli import main

main(prog_name="fer")
