"""Contents of the registries: tasks, learners, circuits, learning rules, executors, clocks, formats and
disturbances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from neuralcrn.circuits import Family
    from neuralcrn.compiler import LearningRule
    from neuralcrn.compiler.pot.clocks import Clock
    from neuralcrn.engines import Executor
    from neuralcrn.formats import Format
    from neuralcrn.learners import Learner
    from neuralcrn.studies.robustness import Disturbance
    from neuralcrn.tasks import TaskDefinition


@final
@dataclass(frozen=True, slots=True)
class Catalogue:
    """The registries, including entries of other installed packages.

    Attributes
    ----------
    tasks : mapping from str to TaskDefinition
    learners : mapping from str to Learner
    circuits : mapping from str to Family
    rules : mapping from str to LearningRule
    executors : mapping from str to Executor
    clocks : mapping from str to Clock
    formats : mapping from str to Format
    disturbances : mapping from str to Disturbance
    """

    tasks: Mapping[str, TaskDefinition]
    learners: Mapping[str, Learner]
    circuits: Mapping[str, Family]
    rules: Mapping[str, LearningRule]
    executors: Mapping[str, Executor]
    clocks: Mapping[str, Clock]
    formats: Mapping[str, Format]
    disturbances: Mapping[str, Disturbance]

    def __str__(self) -> str:
        sections = {
            "Tasks (neuralcrn train TASK)": [
                f"{task.name:22} {task.summary} [{task.circuit}]" for task in self.tasks.values()
            ],
            "Learners (neuralcrn compare TASK --learners NAME)": _summaries(self.learners),
            "Circuits (--circuit NAME, neuralcrn show NAME)": [
                f"{family.name:16} {family.formula}\n  {'':16} {family.summary}"
                for family in self.circuits.values()
            ],
            "Learning rules (--rule NAME)": _summaries(self.rules),
            "Executors (neuralcrn train TASK --executor NAME)": _summaries(self.executors),
            "Clocks (--clock NAME, neuralcrn clock NAME)": _summaries(self.clocks),
            "Formats (neuralcrn convert IN OUT)": [
                f"{entry.name:16} {entry.title}, {_directions(entry)}" for entry in self.formats.values()
            ],
            "Disturbances (neuralcrn robustness CIRCUIT)": _summaries(self.disturbances),
        }
        return "\n\n".join("\n  ".join([title, *rows]) for title, rows in sections.items())

    def to_json(self) -> dict[str, Any]:
        """Return the registries as plain values."""
        return {
            "tasks": {
                name: {"description": task.summary, "circuit": task.circuit}
                for name, task in self.tasks.items()
            },
            "learners": {
                name: {"summary": learner.summary, "source": learner.source}
                for name, learner in self.learners.items()
            },
            "circuits": {
                family.name: {"summary": family.summary, "equation": family.formula}
                for family in self.circuits.values()
            },
            "rules": {name: {"summary": rule.summary} for name, rule in self.rules.items()},
            "executors": {name: {"summary": found.summary} for name, found in self.executors.items()},
            "clocks": {name: {"summary": clock.summary} for name, clock in self.clocks.items()},
            "formats": {
                name: {"title": entry.title, "read": entry.read is not None, "write": entry.write is not None}
                for name, entry in self.formats.items()
            },
            "disturbances": {name: {"summary": found.summary} for name, found in self.disturbances.items()},
        }


def catalogue() -> Catalogue:
    """Return everything of the registries.

    Examples
    --------
    >>> found = catalogue()
    >>> found.tasks["xor"].circuit in found.circuits
    True
    """
    from neuralcrn.circuits import FAMILIES
    from neuralcrn.compiler import RULES
    from neuralcrn.compiler.pot.clocks import CLOCKS
    from neuralcrn.engines import EXECUTORS
    from neuralcrn.formats import FORMATS
    from neuralcrn.learners import LEARNERS
    from neuralcrn.studies.robustness import DISTURBANCES
    from neuralcrn.tasks import TASKS

    return Catalogue(TASKS, LEARNERS, FAMILIES, RULES, EXECUTORS, CLOCKS, FORMATS, DISTURBANCES)


def _summaries(registry: Mapping[str, Learner | LearningRule | Executor | Clock | Disturbance]) -> list[str]:
    return [f"{name:22} {value.summary}" for name, value in registry.items()]


def _directions(entry: Format) -> str:
    """Return whether a format is read, written or both."""
    if entry.read and entry.write:
        return "read and write"
    return "read" if entry.read else "written"


@final
@dataclass(frozen=True, slots=True)
class Clocks:
    """The chemical clocks by name."""

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
        """Return a description of each clock as plain values."""
        return {name: {"summary": clock.summary} for name, clock in self.clocks.items()}


def clocks() -> Clocks:
    """Return the clocks of the registry.

    Examples
    --------
    >>> "restored-5" in clocks().clocks
    True
    """
    from neuralcrn.compiler.pot.clocks import CLOCKS

    return Clocks(CLOCKS)
