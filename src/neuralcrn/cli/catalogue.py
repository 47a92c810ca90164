"""``neuralcrn list``: tasks, circuits and learning rules."""

from __future__ import annotations

import typer

from neuralcrn.cli.output import JsonOption, print_json


def list_all(json: JsonOption = False) -> None:
    """List tasks with their default circuits, circuits with their equations, and learning rules."""
    from neuralcrn.circuits import FAMILIES
    from neuralcrn.compiler import RULES
    from neuralcrn.learning import DEFAULT_CIRCUIT
    from neuralcrn.tasks import describe_task, task_names

    if json:
        print_json(
            {
                "tasks": {
                    name: {"description": describe_task(name), "circuit": DEFAULT_CIRCUIT[name]}
                    for name in task_names()
                },
                "circuits": {
                    family.name: {"summary": family.summary, "equation": f"dz = {family.equation}"}
                    for family in FAMILIES.values()
                },
                "rules": {rule.name: {"summary": rule.summary} for rule in RULES.values()},
            }
        )
        return
    typer.echo("Tasks (neuralcrn train TASK)")
    for name in task_names():
        typer.echo(f"  {name:22} {describe_task(name)} [{DEFAULT_CIRCUIT[name]}]")
    typer.echo("\nCircuits (--circuit NAME, neuralcrn show NAME)")
    for family in FAMILIES.values():
        typer.echo(f"  {family.name:16} dz/dt = {family.equation.strip()}\n  {'':16} {family.summary}")
    typer.echo("\nLearning rules (--gradient NAME)")
    for rule in RULES.values():
        typer.echo(f"  {rule.name:16} {rule.summary}")
