"""``neuralcrn list``: tasks, circuits and learning rules."""

from __future__ import annotations

from neuralcrn.cli.output import JsonOption, print_result


def list_all(json: JsonOption = False) -> None:
    """List tasks with their default circuits, circuits with their equations, and learning rules."""
    from neuralcrn.app import catalogue

    print_result(catalogue(), json)
