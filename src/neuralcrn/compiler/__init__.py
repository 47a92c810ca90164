"""From a circuit to reactions, by small passes that can be looked at one by one."""

from neuralcrn.compiler.adjoint import SignedPhase, signed_phases
from neuralcrn.compiler.circuit import Circuit, GradientMode, Readout, gradient_of
from neuralcrn.compiler.program import Dose, Flush, Phase, Program, Read, Run, Step
from neuralcrn.compiler.rails import Rails
from neuralcrn.compiler.staged import compile_staged

__all__ = [
    "Circuit",
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
    "compile_staged",
    "gradient_of",
    "signed_phases",
]
