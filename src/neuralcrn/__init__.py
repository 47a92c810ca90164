"""neuralcrn: compile learning problems to chemical reaction networks that learn them.

>>> import neuralcrn
>>> circuit = neuralcrn.make_circuit("quadratic", inputs=2, rule="first-order")
>>> program = circuit.compile()
>>> len(program.species), program.reaction_count, program.max_order
(23, 43, 2)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from neuralcrn.algebra import Polynomial, SignedSystem, Variable
from neuralcrn.chemistry import (
    NOTHING,
    Network,
    Reaction,
    Species,
    conservation_laws,
    format_network,
    parse_network,
    species,
)
from neuralcrn.circuits import FAMILIES, Circuit, Distribution, Readout, make_circuit
from neuralcrn.compiler import RULES, DnaConditions, LearningRule, Program, compile_dna, suggest_conditions
from neuralcrn.compiler.pot.clocks import CLOCKS, Clock
from neuralcrn.errors import NeuralCRNError
from neuralcrn.version import __version__ as __version__

if TYPE_CHECKING:
    from neuralcrn.engines import Ensemble, Outcome, Trajectory, simulate, simulate_stochastic
    from neuralcrn.learning import Trained, train_circuit, train_task
    from neuralcrn.sklearn.estimators import NeuralCRNClassifier as NeuralCRNClassifier
    from neuralcrn.sklearn.estimators import NeuralCRNRegressor as NeuralCRNRegressor
    from neuralcrn.sklearn.rate_independent import RateIndependentClassifier as RateIndependentClassifier
    from neuralcrn.status import progress_bar
    from neuralcrn.studies.clock import ClockReport, report_clock
    from neuralcrn.studies.dna import compare_dna
    from neuralcrn.tasks import Samples, Task, make_task, read_csv_task
    from neuralcrn.verify import Certificate, certify

_ON_USE = {
    "Certificate": "verify",
    "ClockReport": "studies.clock",
    "certify": "verify",
    "compare_dna": "studies.dna",
    "report_clock": "studies.clock",
    "Ensemble": "engines",
    "Outcome": "engines",
    "Trajectory": "engines",
    "simulate": "engines",
    "simulate_stochastic": "engines",
    "Samples": "tasks",
    "Task": "tasks",
    "make_task": "tasks",
    "read_csv_task": "tasks",
    "Trained": "learning",
    "progress_bar": "status",
    "train_circuit": "learning",
    "train_task": "learning",
}
# Not in __all__: a star import must not require an extra.
_OF_EXTRAS = {
    "NeuralCRNClassifier": "sklearn.estimators",
    "NeuralCRNRegressor": "sklearn.estimators",
    "RateIndependentClassifier": "sklearn.rate_independent",
}

__all__ = [
    "CLOCKS",
    "FAMILIES",
    "NOTHING",
    "RULES",
    "Certificate",
    "Circuit",
    "Clock",
    "ClockReport",
    "Distribution",
    "DnaConditions",
    "Ensemble",
    "LearningRule",
    "Network",
    "NeuralCRNError",
    "Outcome",
    "Polynomial",
    "Program",
    "Reaction",
    "Readout",
    "Samples",
    "SignedSystem",
    "Species",
    "Task",
    "Trained",
    "Trajectory",
    "Variable",
    "certify",
    "compare_dna",
    "compile_dna",
    "conservation_laws",
    "format_network",
    "make_circuit",
    "make_task",
    "parse_network",
    "progress_bar",
    "read_csv_task",
    "report_clock",
    "simulate",
    "simulate_stochastic",
    "species",
    "suggest_conditions",
    "train_circuit",
    "train_task",
]


def __getattr__(name: str) -> Any:
    """Import the subpackages that need compiled code when one of their names is first used."""
    packages = {**_ON_USE, **_OF_EXTRAS}
    if name not in packages:
        raise AttributeError(f"module 'neuralcrn' has no attribute {name!r}")
    return getattr(importlib.import_module(f"neuralcrn.{packages[name]}"), name)
