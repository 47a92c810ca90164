"""Compile circuits to reactions, in small passes that can be inspected separately."""

from neuralcrn.compiler.back_ends import add_levels
from neuralcrn.compiler.circuit import Circuit, adjoint_of, gradient_of
from neuralcrn.compiler.dna.conditions import DnaConditions, suggest_conditions
from neuralcrn.compiler.dna.network import DnaNetwork, compile_dna
from neuralcrn.compiler.dna.program import dna_program
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Flush, Phase, PhaseRole, Read, Run, Step
from neuralcrn.compiler.rails import Rails
from neuralcrn.compiler.readout import Readout
from neuralcrn.compiler.rules import RULES, LearningRule
from neuralcrn.compiler.schedule import Schedule
from neuralcrn.compiler.solution import Solution
from neuralcrn.compiler.staged import compile_staged

__all__ = [
    "RULES",
    "Circuit",
    "DnaConditions",
    "DnaNetwork",
    "Dose",
    "Flush",
    "LearningRule",
    "Oracle",
    "Phase",
    "PhaseRole",
    "Program",
    "Rails",
    "Read",
    "Readout",
    "Run",
    "Schedule",
    "Solution",
    "Step",
    "adjoint_of",
    "compile_dna",
    "compile_staged",
    "dna_program",
    "gradient_of",
    "suggest_conditions",
]

add_levels()
