"""``neuralcrn list``: what the registries contain."""

from __future__ import annotations

from neuralcrn.cli.output import JsonOption, print_result


def list_all(json: JsonOption = False) -> None:
    """List tasks, circuits, learning rules, executors, clocks, formats and disturbances."""
    from neuralcrn.app import catalogue

    print_result(catalogue(), json)
