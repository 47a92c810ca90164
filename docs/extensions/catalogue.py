"""The pages of the registries: circuits with their reactions, tasks, clocks."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

from neuralcrn.circuits import FAMILIES, Family, make_circuit, supported_rules
from neuralcrn.compiler.pot.clocks import CLOCKS, DEFAULT_CLOCK
from neuralcrn.errors import CompileError
from neuralcrn.learning import SETTINGS
from neuralcrn.tasks import TASKS, TaskDefinition

_MEASURED = Path(__file__).parents[1] / "reference" / "representation.csv"
"""Results of `benchmarks/own_data.py --circuits`."""
_SHOWN = (
    "supply",
    "augmentation",
    "horizon",
    "feedback_horizon",
    "learning_rate",
    "annihilation",
    "trained_readout",
)


def catalogue_pages() -> dict[str, str]:
    """Return the pages by file name, in Markdown."""
    return {"circuits.md": _circuits(), "tasks.md": _tasks(), "clocks.md": _clocks()}


def _circuits() -> str:
    lines = [
        "# Circuits",
        "",
        "The circuits of `neuralcrn list`. Counts are for two inputs and the default options, staged (all "
        "phases together) and in one pot with the first clock that has enough turns.",
        "",
        *_representation(),
        *(line for family in FAMILIES.values() for line in _circuit(family)),
    ]
    return "\n".join(lines)


def _representation() -> list[str]:
    """Return the table of the measured scores of each circuit on test functions."""
    header, *rows = csv.reader(_MEASURED.read_text().splitlines())
    return [
        "## Functions that circuits can represent",
        "",
        "Scores on validation rows after training on a table with the default options for your own data: R² "
        "of $50 - 2x$ (line), $x^2$ on [-3, 3] (square), $\\sin x$ on [0, 2π] (wave) and $x_1 x_2$ "
        "(product), where predicting the mean gives 0; accuracy for the sign of $x_1 x_2$ (exclusive or) and "
        "for three species of iris from petal width only (three classes on a line). Seed 0; circuits that "
        "are not listed were not measured. Repeat with `python benchmarks/own_data.py --circuits --seeds 1`.",
        "",
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _circuit(family: Family) -> list[str]:
    defaults = dataclasses.asdict(family.defaults)
    shown = ", ".join(f"{name} {defaults[name]:g}" for name in _SHOWN if defaults[name])
    program = make_circuit(family.name).compile()
    return [
        f"## {family.name}",
        "",
        f"{family.summary[0].upper()}{family.summary[1:]}.",
        "",
        family.represents,
        "",
        "```text",
        str(program.circuit.system),
        "```",
        "",
        f"Default learning rule: {family.defaults.rule}. Default options: {shown}.",
        "",
        "| gradient | species | reactions | max. reactants | species in one pot | reactions in one pot |",
        "|---|---|---|---|---|---|",
        *(_count_row(family.name, mode) for mode in supported_rules(family.name)),
        "",
        ":::{admonition} All reactions and the protocol",
        ":collapsible: closed",
        "",
        "```text",
        str(program),
        "```",
        ":::",
        "",
    ]


def _count_row(name: str, mode: str) -> str:
    circuit = make_circuit(name, rule=mode)
    staged = circuit.compile()
    try:
        pot = circuit.compile("autonomous")
    except CompileError:
        counts = "staged only | "
    else:
        counts = f"{len(pot.species)} | {pot.reaction_count}"
    return f"| {mode} | {len(staged.species)} | {staged.reaction_count} | {staged.max_order} | {counts} |"


def _tasks() -> str:
    rows = [
        f"| {task.name} | {task.summary} | {task.circuit} | {_options(task)} |" for task in TASKS.values()
    ]
    recorded = [
        f"| {task} | {circuit} | {gradient} | {setting.epochs} | {setting.source} |"
        for (task, circuit, gradient), setting in SETTINGS.items()
    ]
    return "\n".join(
        [
            "# Tasks",
            "",
            "| task | description | default circuit | options |",
            "|---|---|---|---|",
            *rows,
            "",
            "## Recorded settings",
            "",
            "The defaults of `neuralcrn train TASK --circuit CIRCUIT --rule RULE`. Other combinations "
            "use the default options of the circuit and 50 epochs; layered circuits choose learning rate and "
            "epochs from the scale of the data.",
            "",
            "| task | circuit | gradient | epochs | source |",
            "|---|---|---|---|---|",
            *recorded,
            "",
        ]
    )


def _options(task: TaskDefinition) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in task.options.items())


def _clocks() -> str:
    rows = [
        f"| {name}{' (default)' if name == DEFAULT_CLOCK else ''} | {clock.summary} "
        f"| {clock.network.counts.species} | {clock.network.counts.reactions} | {clock.period:.4g} |"
        for name, clock in CLOCKS.items()
    ]
    return "\n".join(
        [
            "# Clocks",
            "",
            "The period is that of the first cycle, in time units of the rate constants; "
            "`neuralcrn clock NAME` prints further measurements.",
            "",
            "| clock | description | species | reactions | period |",
            "|---|---|---|---|---|",
            *rows,
            "",
            *(f"## {name}\n\n```text\n{clock.network}\n```\n" for name, clock in CLOCKS.items()),
        ]
    )
