"""The training of a pot as one network with a list of doses.

The compiled loops process one sample after the other; this list can be used by other simulators and in the
laboratory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Crossing, Dosing, Network
from neuralcrn.compiler import Dose, Program, Run
from neuralcrn.compiler.protocol import Withdraw
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.learning.doses import check_doses
from neuralcrn.tasks import Samples


def dosing_of(
    program: Program, pot: NDArray[np.float64], samples: Samples
) -> tuple[Network, tuple[Dosing, ...]]:
    """Return a pot that contains its first sample, and the doses for training on the other samples.

    Parameters
    ----------
    program : Program
        A gated pot, whose doses are at fixed times, or an autonomous one, whose doses wait for its clock.
    pot : ndarray, shape (species,), concentration
        State of the pot before the first sample, for example ``trainer.fresh_state(laws).pot``.
    samples : Samples
        In the order of training; the first one begins a batch.

    Returns
    -------
    network : Network
        The pot at time 0.
    doses : tuple of Dosing
        All later doses.

    Raises
    ------
    InvalidValueError
        If the program is staged, since it is not one network.
    DataError
        If the samples do not match the circuit, or a dose would be negative for a variable with one rail.

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
            f"circuit {circuit.name} is staged and has one network per phase: "
            "compile it as 'gated' or 'autonomous'"
        )
    given = samples.features.shape[1], samples.targets.shape[1]
    if given != (circuit.features, circuit.outputs):
        raise DataError(
            f"samples have {given[0]} features and {given[1]} targets, circuit {circuit.name} takes "
            f"{circuit.features} and {circuit.outputs}"
        )
    check_doses(program, samples, "samples")
    first, *later = _dosings(program, samples)
    initial = dict(zip(program.pot_species, np.maximum(pot, 0.0).tolist(), strict=True))
    for name, amount in first.added:
        initial[name] += amount
    network = Network.of(program.phases[0].network.reactions, initial, program.pot_species)
    return network, tuple(dose for dose in later if dose.added or dose.withdrawn)


def _dosings(program: Program, samples: Samples) -> Iterator[Dosing]:
    """Return the operations before each run, the first one at time 0."""
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
                case _:  # readings change nothing
                    pass


def _dose(program: Program, dose: Dose, samples: Samples, number: int) -> tuple[str, float]:
    """Return the rail to which a value of a sample is dosed, and the amount."""
    amount = dose.amount(samples.features[number].tolist(), samples.targets[number].tolist())
    return program.rails.receiving(dose.variable, amount), abs(amount)
