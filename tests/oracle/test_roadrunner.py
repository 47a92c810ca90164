"""Our networks in libRoadRunner, an independent simulator, against our engine: through SBML and Antimony."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import POSITIVE, POT_RULES, small_size, small_task

from neuralcrn.chemistry import Crossing, Dosing, Network, parse_network
from neuralcrn.circuits import FAMILIES, Circuit, make_circuit
from neuralcrn.engines import Tolerances
from neuralcrn.engines.native.simulate import Solver, simulate
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.learning import Trainer
from neuralcrn.learning.dose_schedule import dosing_of
from neuralcrn.tasks import Samples
from neuralcrn.verify import draw_samples, measure
from neuralcrn.verify.measurement import accurate
from neuralcrn.verify.roadrunner import final_concentrations

pytest.importorskip("roadrunner")
pytest.importorskip("antimony")

ACCURATE = Tolerances(rtol=1e-9, atol=1e-13, max_steps=1_000_000)
LANGUAGES = ("sbml", "antimony")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_phases_agree_with_the_engine(name: str) -> None:
    circuit = make_circuit(name, **small_size(name), non_negative=name in POSITIVE)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(2))
    for played in measure(accurate(circuit.compile()), sample).different_phases:
        network = played.started
        trajectory = simulate(network, played.phase.duration, rtol=1e-9, atol=1e-13)
        ours = np.array([trajectory[species][-1] for species in network.species])
        for through in LANGUAGES:
            other = final_concentrations(network, played.phase.duration, through=through)
            where = f"{played.phase.name} through {through}"
            np.testing.assert_allclose(ours, other, rtol=0, atol=1e-5 * other.max(), err_msg=where)


class Learned(NamedTuple):
    """A pot after an epoch, and the same epoch as a network with doses."""

    contents: NDArray[np.float64]
    duration: float
    network: Network
    doses: tuple[Dosing, ...]


def learned(circuit: Circuit, level: str, samples: int) -> Learned:
    """Train a pot for an epoch in which its parameters change."""
    task = small_task(circuit.features, circuit.outputs, samples=samples, low=-1.0)
    trainer = Trainer(circuit.compile(level), task, seed=3, tolerances=ACCURATE)
    start = trainer.fresh_state(FAMILIES[circuit.name].initial)
    *_, end = trainer.advance(start)
    assert np.abs(trainer.parameters(end) - trainer.parameters(start)).max() > 1e-3
    order = np.random.default_rng([trainer.seed, 2, 0]).permutation(samples)
    ordered = Samples(task.train.features[order], task.train.targets[order])
    return Learned(end.pot, float(end.times.sum()), *dosing_of(trainer.program, start.pot, ordered))


def assert_learns_alike(pot: Learned, through: str) -> None:
    other = final_concentrations(pot.network, pot.duration, doses=pot.doses, through=through)
    np.testing.assert_allclose(pot.contents, other, rtol=0, atol=1e-5 * other.max())


@pytest.mark.parametrize(
    "name", sorted({name for name, rule, level in POT_RULES if rule == FAMILIES[name].defaults.rule})
)
def test_gated_pot_learns_alike(name: str) -> None:
    """One sample, of which every phase is switched by an event at its time."""
    circuit = make_circuit(name, 1, **small_size(name), non_negative=False, loss="squared")
    pot = learned(circuit, "gated", 1)
    for through in LANGUAGES:
        assert_learns_alike(pot, through)


@pytest.mark.parametrize(
    ("name", "samples", "through"),
    [("linear", 4, "sbml"), ("linear", 2, "antimony"), ("minimal", 3, "sbml"), ("quadratic", 2, "sbml")],
)
def test_autonomous_pot_learns_alike(name: str, samples: int, through: str) -> None:
    """Several samples, each dosed by an event when the pot's own clock strikes."""
    assert_learns_alike(learned(make_circuit(name, non_negative=False), "autonomous", samples), through)


def test_batches_are_dosed_alike() -> None:
    """Only the last sample of a batch is followed by an update; played from the list on our own engine."""
    pot = learned(make_circuit("linear", 1, non_negative=False, batch=2), "gated", 4)
    places, state, time = pot.network.index, np.array(pot.network.initial), 0.0
    solver = Solver.of(pot.network, rtol=ACCURATE.rtol, atol=ACCURATE.atol)
    for dose in (*pot.doses, Dosing(pot.duration)):
        state, time = solver.run(dose.when - time, start=state).final, dose.when
        state[[places[name] for name in dose.withdrawn]] = 0.0
        for name, amount in dose.added:
            state[places[name]] += amount
    np.testing.assert_allclose(pot.contents, state, rtol=0, atol=1e-7)
    assert sum(("C_update", 1.0) in dose.added for dose in pot.doses) == 2


@pytest.mark.parametrize("through", LANGUAGES)
@pytest.mark.parametrize(("end", "expected"), [(0.4, 0.0), (0.7, 1.0), (1.2, 3.0), (2.7, 7.0)])
def test_doses_wait_for_their_rise(end: float, expected: float, through: str) -> None:
    """C grows at the rate 1 and is withdrawn at 1/2, three times: it rises at 1/2, 1 and 3/2."""
    network = parse_network("0 -> C\nA -> B [k = 0]")
    rise = Crossing("C", 0.5)
    doses = [Dosing(rise, (("A", 2.0**n),), ("C",), count=n + 1) for n in range(3)]
    clock, dosed, _ = final_concentrations(network, end, doses=doses, through=through)
    assert dosed == pytest.approx(expected)
    assert clock == pytest.approx(end - 0.5 * min(end // 0.5, 3), abs=1e-9)


@pytest.mark.parametrize("through", LANGUAGES)
def test_doses_come_at_their_times(through: str) -> None:
    """First-order decay between doses at 0, 1 and 2; the last but one takes everything else out."""
    network = parse_network("A -> 0\nA @initial 3")
    doses = [Dosing(2.0, (("A", 0.1 + 0.2),)), Dosing(0.0, (("A", 1.0),)), Dosing(1.0, (), ("A",))]
    for end, expected in ((0.5, 4.0 * np.exp(-0.5)), (1.5, 0.0), (3.0, 0.3 * np.exp(-1.0))):
        (left,) = final_concentrations(network, end, doses=doses, through=through)
        assert left == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_species_that_starts_above_its_threshold_has_yet_to_rise() -> None:
    network = parse_network("C -> 0\nA -> B [k = 0]\nC @initial 2")
    doses = [Dosing(Crossing("C", 1.0), (("A", 1.0),)), Dosing(2.0, (("C", 3.0),))]
    for end, expected in ((1.9, 0.0), (2.1, 1.0)):
        assert final_concentrations(network, end, doses=doses)[1] == pytest.approx(expected)


class TestRefusals:
    def test_staged_program_is_no_single_network(self) -> None:
        program = make_circuit("linear").compile()
        with pytest.raises(InvalidValueError, match="staged"):
            dosing_of(program, accurate(program).initial, Samples([[1.0, 1.0]], [[1.0]]))

    @pytest.mark.parametrize(
        ("features", "targets", "expected"),
        [
            ([[1.0]], [[1.0]], "1 features and 1 targets"),
            ([[1.0, 1.0]], [[1.0, 2.0]], "2 features and 2 targets"),
            ([[1.0, 1.0], [0.5, -1.0]], [[1.0], [1.0]], "row 2, feature 2"),
            ([[1.0, 1.0]], [[-1.0]], "row 1, target 1"),
        ],
    )
    def test_samples_that_do_not_fit(
        self, features: list[list[float]], targets: list[list[float]], expected: str
    ) -> None:
        program = make_circuit("linear").compile("autonomous")
        with pytest.raises(DataError, match=expected):
            dosing_of(program, accurate(program).initial, Samples(features, targets))


@pytest.mark.parametrize(
    ("text", "species", "expected"),
    [
        # both simulators could share a mistake, so three rate laws are checked against their solutions
        ("A -> B [k = 2]\nA @initial 3", "A", 3.0 * np.exp(-2.0)),
        ("2A -> 0 [k = 2]\nA @initial 3", "A", 3.0 / (1.0 + 2.0 * 2.0 * 3.0)),
        ("3A -> 2A [k = 2]\nA @initial 3", "A", 3.0 / np.sqrt(1.0 + 2.0 * 2.0 * 9.0)),
    ],
)
def test_rate_law_has_no_factorials(text: str, species: str, expected: float) -> None:
    network = parse_network(text)
    place = network.species.index(species)
    assert simulate(network, 1.0, rtol=1e-9)[species][-1] == pytest.approx(expected, rel=1e-7)
    for through in LANGUAGES:
        assert final_concentrations(network, 1.0, through=through)[place] == pytest.approx(expected, rel=1e-8)
