"""A program as numbers: index arrays and a table of instructions that compiled code plays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.compiler.program import Dose, Flush, Program, Read, Role, Run, Step, Withdraw
from neuralcrn.engines.native.object_code import object_code
from neuralcrn.engines.native.packing import PackedSystem, join, pack
from neuralcrn.engines.native.reduction import Reduction, reduce_network
from neuralcrn.engines.native.specialise import MachineCode, Translate
from neuralcrn.engines.native.steps import FUNCTION_COUNT

DOSE, RUN, READ, WITHDRAW, FLUSH = range(5)
FEATURE, TARGET, CONSTANT = range(3)
_SOURCES = {"feature": FEATURE, "target": TARGET, "constant": CONSTANT}
ABSENT = -1
"""Position of a rail that a variable does not have."""


class Instructions(NamedTuple):
    """A protocol as a table.

    Attributes
    ----------
    table : ndarray of int64, shape (steps, 5)
        Operation and its integers: a dose has both rails, source and index; a run its phase, and the
        species that it waits for; a reading both rails and the slot that is written; a withdrawal both
        rails.
    numbers : ndarray of float64, shape (steps, 2)
        Factor of each dose; duration and threshold of each run.
    """

    table: NDArray[np.int64]
    numbers: NDArray[np.float64]


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
    starts : ndarray of int64, shape (phases,)
        Where each phase begins.
    initial : ndarray, shape (species,), concentration
        What a new pot holds before parameters are dosed: the clock, if there is one.
    functions : ndarray of int64, shape (phases, functions)
        Addresses of specialised machine code, 0 where the data-driven loops run.
    training, between, prediction : Instructions
        The protocols; `between` is that of samples which do not end a batch.
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
    initial: NDArray[np.float64]
    functions: NDArray[np.int64]
    training: Instructions
    between: Instructions
    prediction: Instructions
    flushed: NDArray[np.int64]
    scratch_size: int
    reductions: tuple[Reduction, ...]
    machine_code: MachineCode | None

    def arrays(self) -> Any:
        """Return what the compiled loops take, as `play.Pot`."""
        from neuralcrn.engines.native.execute import Pot

        systems = self.systems
        return Pot(systems.integers, systems.floats, self.starts, self.functions, self.flushed)

    def protocols(self, begun: int = 0, part: float = 1.0) -> Any:
        """Return how a sample is learned from, as `play.Protocols`, after `begun` others.

        Of its correction, `part` is to be taught: the update is stopped when as much of each gradient has
        reached its parameter, which it does at a rate of 1.
        """
        from neuralcrn.engines.native.execute import Protocols

        training = self.training if part == 1.0 else self._stopped_update(part)
        return Protocols(training, self.between, self.program.circuit.batch, begun)

    def _stopped_update(self, part: float) -> Instructions:
        """Return the training protocol with a shorter update."""
        index = [phase.role for phase in self.program.phases].index(Role.UPDATE)
        whole = self.program.phases[index].duration
        table, numbers = self.training.table, self.training.numbers.copy()
        runs = (table[:, 0] == RUN) & (table[:, 1] == index)
        numbers[runs, 0] = -math.log1p(part * math.expm1(-whole))
        return Instructions(table, numbers)

    def controls(self, rtol: float, atol: float, max_steps: int) -> Any:
        """Return the accuracy of every solve, as `integrate.Controls`; the clock is followed further down."""
        from neuralcrn.engines.native.integrate import Controls

        precise = self.program.precise
        tolerances = [min(atol, precise.get(name, atol)) for name in self.positions]
        return Controls(float(rtol), np.array(tolerances), int(max_steps))

    def signed(self, state: NDArray[np.float64], variables: Sequence[Variable]) -> NDArray[np.float64]:
        """Return the values of variables, shape (variables,): rail minus rail, or the only rail."""
        places = self.places(variables)
        negative = np.where(places[:, 1] == ABSENT, 0.0, state[places[:, 1]])
        return state[places[:, 0]] - negative

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
        initial=_initial(program, positions),
        functions=np.zeros((len(starts), FUNCTION_COUNT), dtype=np.int64),
        training=_instructions(program.training, program, positions),
        between=_instructions(program.between or program.training, program, positions),
        prediction=_instructions(program.prediction, program, positions),
        flushed=np.array([i for name, i in positions.items() if name not in kept], dtype=np.int64),
        scratch_size=max(system.scratch_size for system in packed),
        reductions=tuple(reductions),
        machine_code=None,
    )


def specialised(lowered: LoweredProgram, translate: Translate = object_code) -> LoweredProgram:
    """Return the program with straight-line machine code for its phases; the results are the same.

    Raises
    ------
    Stopped
        If it is compiled in another process, and that was ended.
    """
    code = MachineCode(lowered.reductions, translate=translate)
    return replace(lowered, functions=code.addresses, machine_code=code)


def state_species(program: Program) -> tuple[str, ...]:
    """Return every species of the pot: those of the phases, and those that are only dosed."""
    circuit = program.circuit
    dosed = (*circuit.system.inputs, *circuit.integrated, *circuit.errors)
    parameters = (*circuit.trained_parameters, *circuit.fixed_parameters)
    extra = program.rails.species((*dosed, *parameters))
    return tuple(dict.fromkeys((*program.species, *extra)))


def _places(variable: Variable, program: Program, positions: dict[str, int]) -> tuple[int, int]:
    species = [positions[name] for name, _ in program.rails.of(variable)]
    return species[0], species[1] if len(species) == 2 else ABSENT


def _instructions(steps: tuple[Step, ...], program: Program, positions: dict[str, int]) -> Instructions:
    phases = {phase.name: i for i, phase in enumerate(program.phases)}
    rows: list[tuple[int, int, int, int, int]] = []
    numbers: list[tuple[float, float]] = []
    for step in steps:
        number = (0.0, 0.0)
        match step:
            case Dose(variable, source, index, factor):
                number = (factor, 0.0)
                new = [(DOSE, *_places(variable, program, positions), _SOURCES[source], index)]
            case Run(name, duration, until):
                longest = program.phase(name).duration if duration is None else duration
                number = (longest, until.threshold if until else 0.0)
                new = [(RUN, phases[name], positions[until.species] if until else ABSENT, 0, 0)]
            case Read(variables):
                places = [_places(variable, program, positions) for variable in variables]
                new = [(READ, *place, slot, 0) for slot, place in enumerate(places)]
            case Withdraw(variables):
                new = [(WITHDRAW, *_places(variable, program, positions), 0, 0) for variable in variables]
            case Flush():
                new = [(FLUSH, 0, 0, 0, 0)]
        rows.extend(new)
        numbers.extend([number] * len(new))
    return Instructions(np.array(rows, dtype=np.int64), np.array(numbers))


def _initial(program: Program, positions: dict[str, int]) -> NDArray[np.float64]:
    """Return what the networks of the phases hold before anything is dosed."""
    initial = np.zeros(len(positions))
    for phase in program.phases:
        for name, value in zip(phase.network.species, phase.network.initial, strict=True):
            initial[positions[name]] = value
    return initial
