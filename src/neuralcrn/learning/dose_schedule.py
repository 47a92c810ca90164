"""The training of a pot as chemistry alone: one network, and what is put into it when.

What the compiled loops play one sample after the other is here a list that other simulators, and people,
can follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Crossing, Dosing, Network
from neuralcrn.compiler import Dose, Program, Run
from neuralcrn.compiler.program import Withdraw
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.learning.doses import refuse_negative_doses
from neuralcrn.tasks import Samples


def dosing_of(
    program: Program, pot: NDArray[np.float64], samples: Samples
) -> tuple[Network, tuple[Dosing, ...]]:
    """Return a pot with its first sample in it, and the doses that teach it the others.

    Parameters
    ----------
    program : Program
        A gated pot, whose doses are at times, or an autonomous one, whose doses wait for its clock.
    pot : ndarray, shape (species,), concentration
        What the pot holds before the first sample, such as ``trainer.fresh_state(laws).pot``.
    samples : Samples
        In the order in which they are learned; the first begins a batch.

    Returns
    -------
    network : Network
        The pot at time 0.
    doses : tuple of Dosing
        Everything that is done to it later.

    Raises
    ------
    InvalidValueError
        If the program is staged: then it is not one network.
    DataError
        If samples do not fit the circuit, or a dose would be negative where there is one rail.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> from neuralcrn.engines import EXECUTORS
    >>> program = make_circuit("linear", inputs=1, non_negative=False).compile("autonomous")
    >>> pot = EXECUTORS["native"].prepare(program).initial
    >>> network, doses = dosing_of(program, pot, Samples([[2.0], [-4.0]], [[0.5], [0.25]]))
    >>> network.initial_of("x1_p"), doses[0].when.species, doses[0].count, dict(doses[0].added)["x1_n"]
    (2.0, 'C1', 1, 4.0)
    """
    circuit = program.circuit
    if not program.is_pot:
        raise InvalidValueError(
            f"circuit {circuit.name} is staged, a network for each phase, between which an experimenter "
            "works: compile it as 'gated' or 'autonomous'"
        )
    given = samples.features.shape[1], samples.targets.shape[1]
    if given != (circuit.features, circuit.outputs):
        raise DataError(
            f"samples have {given[0]} features and {given[1]} targets, circuit {circuit.name} takes "
            f"{circuit.features} and {circuit.outputs}"
        )
    refuse_negative_doses(program, samples, "samples")
    first, *later = _dosings(program, samples)
    initial = dict(zip(program.pot_species, np.maximum(pot, 0.0).tolist(), strict=True))
    for name, amount in first.added:
        initial[name] += amount
    network = Network.of(program.phases[0].network.reactions, initial, program.pot_species)
    return network, tuple(dose for dose in later if dose.added or dose.withdrawn)


def _dosings(program: Program, samples: Samples) -> Iterator[Dosing]:
    """Return what is done before each run, the first at time 0."""
    moment: float | Crossing = 0.0
    time, rises = 0.0, Counter[Crossing]()
    added: dict[str, float] = {}
    withdrawn: tuple[str, ...] = ()
    for number in range(len(samples)):
        for step in program.protocol(number):
            match step:
                case Dose():
                    name, amount = _dose(program, step, samples, number)
                    added[name] = added.get(name, 0.0) + amount
                case Withdraw(variables):
                    withdrawn += program.rails.species(variables)
                case Run(phase, duration, until):
                    count = rises[moment] if isinstance(moment, Crossing) else 1
                    yield Dosing(moment, tuple(added.items()), withdrawn, count)
                    added, withdrawn = {}, ()
                    if until is None:
                        time += program.phase(phase).duration if duration is None else duration
                    else:
                        rises[until] += 1
                    moment = time if until is None else until
                case _:  # reading changes nothing
                    pass


def _dose(program: Program, dose: Dose, samples: Samples, number: int) -> tuple[str, float]:
    """Return the rail into which one number of a sample is dosed, and how much of it."""
    amount = dose.amount(samples.features[number].tolist(), samples.targets[number].tolist())
    return program.rails.receiving(dose.variable, amount), abs(amount)
