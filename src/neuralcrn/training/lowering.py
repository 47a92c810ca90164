"""A program as numbers: index arrays and a table of instructions that compiled code plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.compiler.program import Dose, Flush, Program, Read, Run, Step
from neuralcrn.engines.packing import PackedSystem, join, pack
from neuralcrn.engines.reduction import Reduction, reduce_network
from neuralcrn.engines.specialise import MachineCode
from neuralcrn.engines.steps import FUNCTION_COUNT

DOSE, RUN, READ, FLUSH = range(4)
FEATURE, TARGET, CONSTANT = range(3)
_SOURCES = {"feature": FEATURE, "target": TARGET, "constant": CONSTANT}
ABSENT = -1
"""Position of a rail that a variable does not have."""


@dataclass(frozen=True, slots=True, eq=False)
class Instructions:
    """A protocol as a table.

    Attributes
    ----------
    table : ndarray of int64, shape (steps, 5)
        Operation and its integers: a dose has both rails, source and index; a run its phase; a
        reading both rails and the slot that is written.
    factors : ndarray of float64, shape (steps,)
        Factor of each dose.
    """

    table: NDArray[np.int64]
    factors: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LoweredProgram:
    """What the compiled loops need to play a program.

    Attributes
    ----------
    program : Program
        What was lowered.
    positions : dict of str to int
        Place of every species in the state vector.
    systems : PackedSystem
        All phases, one behind the other.
    starts, durations : ndarray, shape (phases,)
        Where each phase begins, and how long it runs.
    functions : ndarray of int64, shape (phases, functions)
        Addresses of specialised machine code, 0 where the data-driven loops run.
    training, prediction : Instructions
        The two protocols.
    flushed : ndarray of int64
        Positions that are washed out at the end of a sample.
    scratch_size : int
        Length of the scratch vector that one thread needs.
    reductions : tuple of Reduction
        What the phases were packed from.
    machine_code : MachineCode or None
        Owner of the addresses.
    """

    program: Program
    positions: dict[str, int]
    systems: PackedSystem
    starts: NDArray[np.int64]
    durations: NDArray[np.float64]
    functions: NDArray[np.int64]
    training: Instructions
    prediction: Instructions
    flushed: NDArray[np.int64]
    scratch_size: int
    reductions: tuple[Reduction, ...]
    machine_code: MachineCode | None

    def places(self, variables: Sequence[Variable]) -> NDArray[np.int64]:
        """Return the positions of both rails, shape (variables, 2); ABSENT where there is one rail."""
        rows = [_places(variable, self.program, self.positions) for variable in variables]
        return np.array(rows, dtype=np.int64).reshape(-1, 2)


def lower(program: Program) -> LoweredProgram:
    """Turn a program into index arrays, played by the data-driven loops."""
    positions = {name: i for i, name in enumerate(state_species(program))}
    reductions = [reduce_network(phase.network, positions) for phase in program.phases]
    packed = [pack(reduction) for reduction in reductions]
    systems, starts = join(packed)
    kept = {
        name
        for step in program.training
        if isinstance(step, Flush)
        for name in program.rails.species(step.kept)
    }
    return LoweredProgram(
        program=program,
        positions=positions,
        systems=systems,
        starts=starts,
        durations=np.array([phase.duration for phase in program.phases]),
        functions=np.zeros((len(starts), FUNCTION_COUNT), dtype=np.int64),
        training=_instructions(program.training, program, positions),
        prediction=_instructions(program.prediction, program, positions),
        flushed=np.array([i for name, i in positions.items() if name not in kept], dtype=np.int64),
        scratch_size=max(system.scratch_size for system in packed),
        reductions=tuple(reductions),
        machine_code=None,
    )


def specialised(lowered: LoweredProgram) -> LoweredProgram:
    """Return the program with straight-line machine code for its phases; the results are the same."""
    code = MachineCode(lowered.reductions)
    return replace(lowered, functions=code.addresses, machine_code=code)


def state_species(program: Program) -> tuple[str, ...]:
    """Return every species of the pot: those of the phases, and those that are only dosed."""
    circuit = program.circuit
    dosed = (*circuit.system.inputs, *circuit.system.states, *circuit.errors)
    parameters = (*circuit.trained_parameters, *circuit.fixed_parameters)
    extra = program.rails.species((*dosed, *parameters))
    return tuple(dict.fromkeys((*program.species, *extra)))


def _places(variable: Variable, program: Program, positions: dict[str, int]) -> tuple[int, int]:
    species = [positions[name] for name, _ in program.rails.of(variable)]
    return species[0], species[1] if len(species) == 2 else ABSENT


def _instructions(steps: tuple[Step, ...], program: Program, positions: dict[str, int]) -> Instructions:
    phases = {phase.name: i for i, phase in enumerate(program.phases)}
    rows: list[tuple[int, int, int, int, int]] = []
    factors: list[float] = []
    for step in steps:
        factor = 1.0
        match step:
            case Dose(variable, source, index, factor):
                new = [(DOSE, *_places(variable, program, positions), _SOURCES[source], index)]
            case Run(phase):
                new = [(RUN, phases[phase], 0, 0, 0)]
            case Read(variables):
                places = [_places(variable, program, positions) for variable in variables]
                new = [(READ, *place, slot, 0) for slot, place in enumerate(places)]
            case Flush():
                new = [(FLUSH, 0, 0, 0, 0)]
        rows.extend(new)
        factors.extend([factor] * len(new))
    return Instructions(np.array(rows, dtype=np.int64), np.array(factors))
