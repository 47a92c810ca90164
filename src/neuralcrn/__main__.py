"""``python -m neuralcrn`` is the command line."""

from neuralcrn.cli.main import run

run()
