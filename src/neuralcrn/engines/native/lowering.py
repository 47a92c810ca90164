"""Conversion of a program to numbers: index arrays and a table of instructions for compiled code."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Flush, Phase, Read, Run, Step, Withdraw
from neuralcrn.engines.native.instructions import (
    CONSTANT,
    DOSE,
    FEATURE,
    FLUSH,
    READ,
    RUN,
    TARGET,
    WITHDRAW,
    Instructions,
)
from neuralcrn.engines.native.object_code import object_code
from neuralcrn.engines.native.packing import PackedSystem, join, pack
from neuralcrn.engines.native.reduction import Reduction, reduce_blocks, reduce_network
from neuralcrn.engines.native.specialise import MachineCode, Translate
from neuralcrn.engines.native.steps import FUNCTION_COUNT

_SOURCES = {"feature": FEATURE, "target": TARGET, "constant": CONSTANT}
ABSENT = -1
"""Index of a missing rail."""


@dataclass(frozen=True, slots=True, eq=False)
class LoweredProgram:
    """Data with which the compiled loops execute a program.

    Attributes
    ----------
    program : Program
        The program.
    positions : dict of str to int
        Index of every species in the state vector.
    systems : PackedSystem
        The systems of all phases, concatenated.
    blocks : ndarray of int64, shape (phases + 1,)
        First system of each phase, and the number of all systems.
    starts : ndarray of int64, shape (systems,)
        Start of each system.
    functions : ndarray of int64, shape (systems, functions)
        Addresses of specialised machine code, or 0 for the data-driven loops.
    training, prediction : Instructions
        The protocols; those of training one after the other.
    firsts : ndarray of int64, shape (protocols of training + 1,)
        First instruction of every protocol of training, and the number of all instructions.
    cycle : ndarray of int64
        Protocols of consecutive samples, repeated from the start after the last one.
    flushed : ndarray of int64
        Indices of species that are washed out at the end of a sample.
    scratch_size : int
        Length of the scratch vector of one thread.
    reductions : tuple of Reduction
        The reductions of all systems.
    machine_code : MachineCode or None
        Owner of the machine code at these addresses.
    """

    program: Program
    positions: dict[str, int]
    systems: PackedSystem
    blocks: NDArray[np.int64]
    starts: NDArray[np.int64]
    functions: NDArray[np.int64]
    training: Instructions
    firsts: NDArray[np.int64]
    cycle: NDArray[np.int64]
    prediction: Instructions
    flushed: NDArray[np.int64]
    scratch_size: int
    reductions: tuple[Reduction, ...]
    machine_code: MachineCode | None

    def arrays(self) -> Any:
        """Return the argument of the compiled loops, `execute.Pot`."""
        from neuralcrn.engines.native.execute import Pot

        systems = self.systems
        return Pot(systems.integers, systems.floats, self.blocks, self.starts, self.functions, self.flushed)

    def protocols(self, begun: int = 0, part: float = 1.0) -> Any:
        """Return the protocols for a sample, `execute.Protocols`, after `begun` other samples.

        Only the fraction `part` of the update is carried out: it is stopped when this fraction of each
        gradient has been applied to its parameter, which happens at a rate of 1.
        """
        from neuralcrn.engines.native.execute import Protocols

        training = self.training
        if part < 1.0:
            stopped = self.program.with_partial_update(part)
            training, *_ = _training_of(stopped, self.positions)
        return Protocols(training.table, training.numbers, self.firsts, self.cycle, begun)

    def controls(self, rtol: float, atol: float, max_steps: int) -> Any:
        """Return the accuracy of integrations, `integrate.Controls`, with smaller tolerances for the
        clock.
        """
        from neuralcrn.engines.native.integrate import Controls

        own = self.program.tolerances
        tolerances = [min(atol, own.get(name, atol)) for name in self.positions]
        return Controls(float(rtol), np.array(tolerances), int(max_steps))


_last: list[LoweredProgram] = []


def lower(program: Program) -> LoweredProgram:
    """Convert a program to index arrays for the data-driven loops.

    The last result is kept, because trainings with several seeds have the same program.
    """
    if not (_last and _last[0].program is program):
        _last[:] = [_lowered(program)]
    return _last[0]


def _lowered(program: Program) -> LoweredProgram:
    positions = {name: i for i, name in enumerate(program.pot_species)}
    of_phases = [_reduced(phase, program, positions) for phase in program.phases]
    reductions = tuple(itertools.chain.from_iterable(of_phases))
    packed = [pack(reduction) for reduction in reductions]
    systems, starts = join(packed)
    kept = {
        name
        for step in program.training
        if isinstance(step, Flush)
        for name in program.rails.species(step.kept)
    }
    training, firsts, cycle = _training_of(program, positions)
    return LoweredProgram(
        program=program,
        positions=positions,
        systems=systems,
        blocks=np.cumsum([0, *map(len, of_phases)]),
        starts=starts,
        functions=np.zeros((len(starts), FUNCTION_COUNT), dtype=np.int64),
        training=training,
        firsts=firsts,
        cycle=cycle,
        prediction=instructions_of(program.prediction, program, positions),
        flushed=np.array([i for name, i in positions.items() if name not in kept], dtype=np.int64),
        scratch_size=max(system.scratch_size for system in packed),
        reductions=reductions,
        machine_code=None,
    )


def specialised(lowered: LoweredProgram, translate: Translate = object_code) -> LoweredProgram:
    """Return the program with straight-line machine code for its phases; the results are identical.

    Raises
    ------
    Stopped
        If it is compiled in another process, which was stopped.
    """
    code = MachineCode(lowered.reductions, translate=translate)
    return replace(lowered, functions=code.addresses, machine_code=code)


def _reduced(phase: Phase, program: Program, positions: dict[str, int]) -> tuple[Reduction, ...]:
    """Return the independent systems of a phase; one that an event ends is one system, whose core has the
    species of the event.
    """
    steps = itertools.chain.from_iterable(program.protocols)
    runs = [step for step in steps if isinstance(step, Run) and step.phase == phase.name]
    watched = {positions[step.until.species] for step in runs if step.until is not None}
    if not watched:
        return reduce_blocks(phase.network, positions)
    reduction = reduce_network(phase.network, positions)
    if watched.isdisjoint(reduction.separated):
        return (reduction,)
    return (reduce_network(phase.network, positions, separate=False),)


def _training_of(
    program: Program, positions: dict[str, int]
) -> tuple[Instructions, NDArray[np.int64], NDArray[np.int64]]:
    """Return the protocols of training one after the other, where each begins, and the order of their use."""
    cycle = program.cycle or (program.training,)
    different = list(dict.fromkeys(cycle))
    parts = [instructions_of(steps, program, positions) for steps in different]
    joined = Instructions(
        np.concatenate([part.table for part in parts]), np.concatenate([part.numbers for part in parts])
    )
    firsts = np.cumsum([0, *(len(part.numbers) for part in parts)])
    places = {steps: i for i, steps in enumerate(different)}
    return joined, firsts, np.array([places[steps] for steps in cycle])


def _places(variable: Variable, program: Program, positions: dict[str, int]) -> tuple[int, int]:
    species = [positions[name] for name, _ in program.rails.of(variable)]
    return species[0], species[1] if len(species) == 2 else ABSENT


def instructions_of(steps: Sequence[Step], program: Program, positions: dict[str, int]) -> Instructions:
    """Return the steps of a protocol as a table."""
    phases = {phase.name: i for i, phase in enumerate(program.phases)}
    rows: list[tuple[int, int, int, int, int]] = []
    numbers: list[tuple[float, float]] = []
    for step in steps:
        number = (0.0, 0.0)
        match step:
            case Dose(variable, source, index, factor, error):
                number = (factor, error)
                new = [(DOSE, *_places(variable, program, positions), _SOURCES[source], index)]
            case Run(name, duration, until):
                longest = program.phase(name).duration if duration is None else duration
                number = (longest, until.threshold if until else 0.0)
                new = [(RUN, phases[name], positions[until.species] if until else ABSENT, 0, 0)]
            case Read(variables, reference):
                number = (reference, 0.0)
                places = [_places(variable, program, positions) for variable in variables]
                new = [(READ, *place, slot, 0) for slot, place in enumerate(places)]
            case Withdraw(variables):
                new = [(WITHDRAW, *_places(variable, program, positions), 0, 0) for variable in variables]
            case Flush():
                new = [(FLUSH, 0, 0, 0, 0)]
        rows.extend(new)
        numbers.extend([number] * len(new))
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Instructions(table, np.array(numbers).reshape(-1, 2))
