"""``python -m helpers`` is ``fer``."""

from helpers.cli.main import main

main(prog_name="fer")
