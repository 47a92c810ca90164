"""What can be named: tasks, circuits, learning rules and clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from neuralcrn.circuits import Family
    from neuralcrn.compiler import LearningRule
    from neuralcrn.compiler.pot.clocks import Clock


@final
@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything of the registries by name.

    Attributes
    ----------
    tasks : mapping from str to str
        What each task is.
    default_circuits : mapping from str to str
        The circuit of each task.
    circuits : mapping from str to Family
    rules : mapping from str to LearningRule
    """

    tasks: Mapping[str, str]
    default_circuits: Mapping[str, str]
    circuits: Mapping[str, Family]
    rules: Mapping[str, LearningRule]

    def __str__(self) -> str:
        return "\n".join(
            (
                "Tasks (neuralcrn train TASK)",
                *(f"  {name:22} {is_} [{self.default_circuits[name]}]" for name, is_ in self.tasks.items()),
                "\nCircuits (--circuit NAME, neuralcrn show NAME)",
                *(
                    f"  {family.name:16} dz/dt = {family.equation.strip()}\n  {'':16} {family.summary}"
                    for family in self.circuits.values()
                ),
                "\nLearning rules (--gradient NAME)",
                *(f"  {rule.name:16} {rule.summary}" for rule in self.rules.values()),
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Return the registries as plain values."""
        return {
            "tasks": {
                name: {"description": text, "circuit": self.default_circuits[name]}
                for name, text in self.tasks.items()
            },
            "circuits": {
                family.name: {"summary": family.summary, "equation": f"dz = {family.equation}"}
                for family in self.circuits.values()
            },
            "rules": {rule.name: {"summary": rule.summary} for rule in self.rules.values()},
        }


def catalogue() -> Catalogue:
    """Return tasks with their default circuits, circuits with their equations, and learning rules.

    Examples
    --------
    >>> found = catalogue()
    >>> found.default_circuits["xor"] in found.circuits
    True
    """
    from neuralcrn.circuits import FAMILIES
    from neuralcrn.compiler import RULES
    from neuralcrn.learning import DEFAULT_CIRCUIT
    from neuralcrn.tasks import describe_task, task_names

    tasks = {name: describe_task(name) for name in task_names()}
    return Catalogue(tasks, {name: DEFAULT_CIRCUIT[name] for name in tasks}, FAMILIES, RULES)


@final
@dataclass(frozen=True, slots=True)
class Clocks:
    """The chemical clocks that drive an autonomous program, by name."""

    clocks: Mapping[str, Clock]

    def __str__(self) -> str:
        from neuralcrn.compiler.pot.clocks import DEFAULT_CLOCK

        lines = ["Clocks (neuralcrn clock NAME)"]
        for name, clock in self.clocks.items():
            counts = clock.network.counts
            default = " [default]" if name == DEFAULT_CLOCK else ""
            lines.append(f"  {name:16}{counts.species:>2} species, {counts.reactions:>2} reactions{default}")
            lines.append(f"  {'':16}{clock.summary}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return what each clock is as plain values."""
        return {name: {"summary": clock.summary} for name, clock in self.clocks.items()}


def clocks() -> Clocks:
    """Return every clock of the registry.

    Examples
    --------
    >>> "restored-5" in clocks().clocks
    True
    """
    from neuralcrn.compiler.pot.clocks import CLOCKS

    return Clocks(CLOCKS)
