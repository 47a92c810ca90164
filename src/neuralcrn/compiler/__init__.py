"""From a circuit to reactions, by small passes that can be looked at one by one."""

from neuralcrn.compiler.adjoint import SignedPhase, signed_phases
from neuralcrn.compiler.circuit import Circuit, GradientMode, Readout, gradient_of
from neuralcrn.compiler.dna import DnaNetwork, compile_dna
from neuralcrn.compiler.dna_conditions import DnaConditions, suggest_conditions
from neuralcrn.compiler.dna_program import dna_program
from neuralcrn.compiler.program import Dose, Flush, Phase, Program, Read, Run, Step
from neuralcrn.compiler.rails import Rails
from neuralcrn.compiler.staged import compile_staged

__all__ = [
    "Circuit",
    "DnaConditions",
    "DnaNetwork",
    "Dose",
    "Flush",
    "GradientMode",
    "Phase",
    "Program",
    "Rails",
    "Read",
    "Readout",
    "Run",
    "SignedPhase",
    "Step",
    "compile_dna",
    "compile_staged",
    "dna_program",
    "gradient_of",
    "signed_phases",
    "suggest_conditions",
]
