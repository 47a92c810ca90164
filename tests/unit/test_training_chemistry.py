"""In training nothing computes but reactions: protocols replayed by `simulate`, phase by phase."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import small_task, small_trainer

from neuralcrn.chemistry import Network
from neuralcrn.circuits import FAMILIES
from neuralcrn.compiler.circuit import gradient_of
from neuralcrn.compiler.optimiser import gradient_scale
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Flush, Read, Run, Step, Withdraw
from neuralcrn.engines import Outcome, Tolerances, simulate
from neuralcrn.engines.native.lowering import lower
from neuralcrn.learning import Trainer

FAMILY_NAMES = sorted(FAMILIES)
Pot = dict[str, float]


def replay(
    program: Program,
    steps: Iterable[Step],
    pot: Pot,
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
) -> tuple[Pot, list[float]]:
    """Follow a protocol by hand with whole networks; return what is in the pot and what was read."""
    pot, read = dict(pot), []
    for step in steps:
        match step:
            case Dose(variable, source, index, factor):
                number = {"feature": features, "target": targets, "constant": [1.0]}[source][index]
                rails = program.rails.of(variable)
                amount = factor * float(number)
                name = next(name for name, sign in rails if amount * sign >= 0.0)
                pot[name] = pot.get(name, 0.0) + abs(amount)
            case Run(phase):
                network = program.phase(phase).network
                started = Network.of(
                    network.reactions, {name: max(0.0, pot.get(name, 0.0)) for name in network.species}
                )
                duration = program.phase(phase).duration
                result = simulate(started, duration, [duration], rtol=1e-9, atol=1e-12)
                assert result.outcome == Outcome.SUCCESS
                pot.update(zip(result.species, result.values[-1].tolist(), strict=True))
            case Read(variables):
                read = [
                    sum(sign * pot.get(name, 0.0) for name, sign in program.rails.of(v)) for v in variables
                ]
            case Withdraw(variables):
                pot |= dict.fromkeys(program.rails.species(variables), 0.0)
            case Flush(kept):
                names = set(program.rails.species(kept))
                pot = {name: value for name, value in pot.items() if name in names}
    return pot, read


def accurate(family: str, **options: object) -> Trainer:
    trainer = small_trainer(family, small_task(), **options)
    return Trainer(trainer.program, trainer.task, seed=3, tolerances=Tolerances(1e-9, 1e-12, 1_000_000))


def contents(trainer: Trainer, pot: NDArray[np.float64]) -> Pot:
    return {name: float(pot[i]) for name, i in trainer.executable.positions.items()}


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_predictions_are_readings_of_simulated_networks(family: str) -> None:
    trainer = accurate(family)
    state = trainer.fresh_state(FAMILIES.find(family).initial)
    program = trainer.program
    features = trainer.task.train.features[:2]
    predicted = trainer.predict(state, features)
    for row, outputs in zip(features, predicted, strict=True):
        _, read = replay(program, program.prediction, contents(trainer, state.pot), row, np.empty(0))
        np.testing.assert_allclose(outputs, read, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_learning_is_the_protocol_and_nothing_else(family: str) -> None:
    """Two samples, replayed by hand on the species of the pot, leave the same pot and errors."""
    trainer = accurate(family)
    state = trainer.fresh_state(FAMILIES.find(family).initial)
    program, train = trainer.program, trainer.task.train
    *_, learned = trainer.advance(state)
    pot, errors = contents(trainer, state.pot), []
    for sample in trainer.order(0)[:2]:
        pot, read = replay(program, program.training, pot, train.features[sample], train.targets[sample])
        errors.append(read)
    np.testing.assert_allclose(learned.errors[:2], errors, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_recorded_step_ends_in_the_pot_of_the_trainer(family: str) -> None:
    trainer = small_trainer(family, small_task(samples=1))
    state, train = trainer.fresh_state(FAMILIES.find(family).initial), trainer.task.train
    *_, learned = trainer.advance(state)
    recording = trainer.executable.record(state.pot, train.features[0], train.targets[0])
    (flush,) = (step for step in trainer.program.training if isinstance(step, Flush))
    species = trainer.executable.species
    kept = np.isin(species, trainer.program.rails.species(flush.kept))
    np.testing.assert_allclose(recording.values[-1][kept], learned.pot[kept], rtol=1e-5, atol=1e-5)
    assert not learned.pot[~kept].any()


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_update_subtracts_the_rate_times_the_gradient(family: str) -> None:
    trainer = small_trainer(family, small_task())
    state, program = trainer.fresh_state(FAMILIES.find(family).initial), trainer.program
    recording = trainer.executable.record(
        state.pot, trainer.task.train.features[4], trainer.task.train.targets[4]
    )
    moved = 0
    circuit = program.circuit
    if circuit.update == "direct":
        pytest.skip("its gradients take no species; its certificate compares the changes")
    (begin,) = (begin for name, begin, _ in recording.boundaries if name == "update")
    first = int(np.nonzero(recording.times == begin)[0][-1])
    rate = circuit.learning_rate / gradient_scale(circuit)
    for parameter in circuit.trained_parameters:
        gradient = recording.signed(gradient_of(parameter))[first]
        theta = recording.signed(parameter)
        change = theta[-1] - theta[first]
        assert change == pytest.approx(-rate * gradient, rel=1e-3, abs=1e-7)
        moved += abs(change) > 1e-5
    assert moved > 0


def test_recording_holds_all_phases_in_order() -> None:
    trainer = small_trainer("quadratic", small_task())
    program = trainer.program
    state = trainer.fresh_state(FAMILIES.find("quadratic").initial)
    before = state.pot.copy()
    recording = trainer.executable.record(
        state.pot, trainer.task.train.features[0], trainer.task.train.targets[0], points=7
    )
    assert [name for name, _, _ in recording.boundaries] == [phase.name for phase in program.phases]
    assert recording.values.shape == (7 * len(program.phases), len(recording.species))
    assert np.all(np.diff(recording.times) >= 0.0)
    assert np.array_equal(state.pot, before)
    assert recording.values.min() >= -1e-9


def test_reading_is_output_minus_target() -> None:
    trainer = accurate("quadratic")
    state = trainer.fresh_state(FAMILIES.find("quadratic").initial)
    first = trainer.order(0)[0]
    sample = trainer.task.train
    *_, learned = trainer.advance(state)
    output = trainer.predict(state, sample.features[first][None])[0]
    np.testing.assert_allclose(learned.errors[0], output - sample.targets[first], rtol=1e-5, atol=1e-6)


def test_without_error_nothing_is_learned() -> None:
    """The output itself as target leaves every parameter where it is."""
    trainer = accurate("linear")
    state = trainer.fresh_state(FAMILIES.find("linear").initial)
    features = trainer.task.train.features[0]
    output = trainer.predict(state, features[None])[0]
    program = trainer.program
    before = contents(trainer, state.pot)
    after, _ = replay(program, program.training, before, features, output)
    for parameter in program.circuit.trained_parameters:
        values = [
            sum(sign * pot.get(name, 0.0) for name, sign in program.rails.of(parameter))
            for pot in (before, after)
        ]
        assert values[1] == pytest.approx(values[0], abs=1e-6)


def test_dosed_parameters_stand_on_the_rail_of_their_sign() -> None:
    trainer = small_trainer("mixing", small_task())
    state = trainer.fresh_state(FAMILIES.find("mixing").initial)
    program = trainer.program
    pot = contents(trainer, state.pot)
    for parameter, value in zip(program.circuit.trained_parameters, trainer.parameters(state), strict=True):
        rails = {sign: pot[name] for name, sign in program.rails.of(parameter)}
        assert min(rails.values()) == 0.0
        assert rails[1] - rails[-1] == value
    others = set(pot) - set(
        program.rails.species((*program.circuit.trained_parameters, *program.circuit.fixed_parameters))
    )
    assert {pot[name] for name in others} == {0.0}


def test_lowering_keeps_every_species_of_the_program() -> None:
    program = small_trainer("smooth-relu", small_task()).program
    lowered = lower(program)
    assert set(program.species) <= set(lowered.positions)
    assert sorted(lowered.positions.values()) == list(range(len(lowered.positions)))
    assert len(lowered.blocks) == len(program.phases) + 1
    assert lowered.blocks[-1] == len(lowered.starts) == len(lowered.reductions)
