"""Strand displacement against its formal network, other simulators and crnverifier."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from tests.cases import PATIENCE

from neuralcrn.chemistry import Complex, Network, parse_network
from neuralcrn.circuits import FAMILIES, Circuit, Distribution, make_circuit
from neuralcrn.compiler import (
    DnaConditions,
    DnaNetwork,
    Phase,
    Program,
    Run,
    compile_dna,
    dna_program,
    suggest_conditions,
)
from neuralcrn.engines import DEFAULT_EXECUTOR, EXECUTORS, simulate
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError
from neuralcrn.studies.dna.comparison import FuelUse, compare_dna, fuel_budget
from neuralcrn.studies.dna.training import compare_training
from neuralcrn.tasks import make_task
from neuralcrn.verify.dna import METHODS, Verdict, verify_dna
from neuralcrn.verify.measurement import Sample
from neuralcrn.verify.roadrunner import final_concentrations, is_available

SECONDS = DnaConditions(unit_concentration=1e-8, unit_time=1.0)
"""Concentrations in 10 nM, time in seconds: what the literature's rate constants become."""
LOTKA = f"""X1 + X2 -> 2X2 [k = 5e-3]
X1 -> 2X1 [k = {1 / 300}]
X2 -> 0 [k = {1 / 300}]
X1 @initial 2
X2 @initial 1"""
CONSENSUS = """X + Y -> 2B [k = 2e-5]
B + X -> 2X [k = 2e-5]
B + Y -> 2Y [k = 2e-5]
X @initial 5.6
Y @initial 2.4"""
CATALYSIS = "P + X -> P + X + Z [k = 1e-4]\nP @initial 1\nX @initial 1"
ANNIHILATION = "P + N -> 0 [k = 1e-3]\nP @initial 2\nN @initial 1"


@pytest.mark.parametrize(
    ("text", "t_end", "error", "without"),
    [
        (LOTKA, 12_600.0, 0.043, (0.35, 0.47)),
        (CONSENSUS, 54_000.0, 0.007, (0.009, 0.012)),
        (CATALYSIS, 12_600.0, 0.0012, (0.009, 0.011)),
        (ANNIHILATION, 7_200.0, 0.004, (0.05, 0.1)),
    ],
    ids=["lotka", "consensus", "catalysis", "annihilation"],
)
def test_signals_follow_the_formal_network_with_buffers_and_not_without(
    text: str, t_end: float, error: float, without: tuple[float, float]
) -> None:
    network = parse_network(text)
    assert max(compare_dna(compile_dna(network, SECONDS), t_end).errors.values()) <= error
    bare = compare_dna(compile_dna(network, SECONDS, buffers=False), t_end)
    low, high = without
    assert low <= max(bare.errors.values()) <= high


def test_lotka_has_the_published_size_and_gamma() -> None:
    dna = compile_dna(parse_network(LOTKA), SECONDS)
    assert (*dna.network.counts, dna.gamma_inverse) == (15, 9, 2.0)


def test_the_error_vanishes_as_fuel_grows_and_gates_hold_less() -> None:
    network = parse_network("2X -> X [k = 1]\nX -> X + Y [k = 2]\n0 -> X\nX @initial 2")

    def error(scale: float) -> float:
        conditions = DnaConditions(unit_concentration=1e-8, unit_time=1000.0 * scale, fuel=1e-5 * scale)
        return max(compare_dna(compile_dna(network, conditions), 3.0, points=100).errors.values())

    errors = [error(scale) for scale in (1.0, 10.0, 100.0)]
    assert errors[0] < 0.02
    assert errors[1] < 0.15 * errors[0]
    assert errors[2] < 0.15 * errors[1]


FOLLOWED = {
    "exchange": ("A <-> B [kf = 1000, kr = 500]\nA @initial 1", 0.01),
    "growth": ("A -> 2A [k = 5]\nA @initial 1", 1.0),
    "short growth": ("A -> 2A [k = 5]\nA @initial 1", 0.2),
    "decay": ("A -> 0 [k = 7]\nA @initial 1", 1.0),
    "chain": ("A -> B [k = 3]\nB -> C [k = 3]\nC -> D [k = 3]\nA @initial 2", 2.0),
    "catalysis": ("X -> X + Y [k = 20]\nY -> 0 [k = 20]\nX @initial 1", 1.0),
    "annihilation": ("P + N -> 0\nP @initial 2\nN @initial 1", 5.0),
    "dimer": ("2A <-> B [kf = 2, kr = 1]\nA @initial 3", 5.0),
    "source": ("0 -> A [k = 4]\nA -> 0 [k = 2]", 4.0),
    "enzyme": ("E + S <-> ES [kf = 3, kr = 1]\nES -> E + P [k = 2]\nE @initial 1\nS @initial 4", 5.0),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_errors_are_as_large_as_expected_at_any_unit_of_time(name: str) -> None:
    """The unit that is suggested, and ones that are 10 and 100 times too short, as far as strands go."""
    text, t_end = FOLLOWED[name]
    network = parse_network(text)
    suggested = suggest_conditions(network)
    for factor in (1.0, 0.1, 0.01):
        conditions = replace(suggested, unit_time=factor * suggested.unit_time)
        try:
            comparison = compare_dna(compile_dna(network, conditions), t_end, points=400)
        except CompileError:
            continue
        measured = max(comparison.errors.values())
        assert 0.05 < measured / comparison.expected < 2.0, (factor, measured, comparison.expected)
    (lag,) = [compile_dna(network, suggested).lag]
    assert lag <= 1.001e-3


def test_the_suggested_unit_of_time_lets_an_exchange_be_followed() -> None:
    """Of the unit that bimolecular reactions alone would ask for, 200 s, the error is a quarter."""
    text, t_end = FOLLOWED["exchange"]
    network = parse_network(text)
    good = compare_dna(compile_dna(network, suggest_conditions(network)), t_end)
    assert max(good.errors.values()) < 2e-3
    bad = compare_dna(compile_dna(network, replace(SECONDS, unit_time=200.0)), t_end)
    assert max(bad.errors.values()) > 0.2


@pytest.mark.skipif(not is_available(), reason="libRoadRunner is not installed")
@pytest.mark.parametrize("text", [LOTKA, ANNIHILATION])
def test_the_dna_level_agrees_with_another_simulator(text: str) -> None:
    network = compile_dna(parse_network(text), SECONDS).network
    ours = simulate(network, 500.0, [500.0], rtol=1e-9, atol=1e-12).final
    other = final_concentrations(network, 500.0)
    np.testing.assert_allclose(ours, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("text", "t_end"), [(LOTKA, 12_600.0), (CONSENSUS, 54_000.0), (CATALYSIS, 12_600.0)])
def test_fuels_are_used_as_the_formal_simulation_predicts(text: str, t_end: float) -> None:
    dna = compile_dna(parse_network(text), SECONDS)
    uses = compare_dna(dna, t_end).fuels
    assert {use.fuel for use in uses} == {
        name for gate in dna.gates for name in (gate.gate, gate.translator) if name
    }
    for use in uses:
        assert use.spent == pytest.approx(use.predicted, rel=0.03), use.fuel
    assert [use.lasts for use in uses] == sorted(use.lasts for use in uses)


def test_a_fuel_lasts_as_long_as_is_said() -> None:
    """A constant flux spends in proportion to time, within the run and beyond it."""
    network = parse_network("X -> X + Y [k = 1]\nX @initial 1")
    dna = compile_dna(network, DnaConditions(unit_concentration=1e-8, unit_time=1000.0))
    expected = 0.05 * dna.conditions.capacity
    for t_end in (10.0, 100.0):
        for use in compare_dna(dna, t_end).fuels:
            assert use.lasts == pytest.approx(expected, rel=0.03)
    assert compare_dna(dna, 2.0 * expected).fuels[0].spent == pytest.approx(0.1, rel=0.06)


def linear() -> Circuit:
    return make_circuit("linear", inputs=2, annihilation=5.0, supply=0.1, horizon=0.5, learning_rate=0.1)


def after_one_step(program: Program, sample: Sample) -> dict[str, float]:
    """Return what is in the pot at the end of the last run of a training step."""
    circuit, executable = program.circuit, EXECUTORS[DEFAULT_EXECUTOR].prepare(program)
    values = dict(zip(circuit.trained_parameters, sample.parameters.tolist(), strict=True))
    pot = executable.new_pot(values | {p: circuit.fixed[p.name] for p in circuit.fixed_parameters})
    recording = executable.record(pot, sample.features, sample.targets, points=2)
    return dict(zip(recording.species, recording.values[-1].tolist(), strict=True))


SAMPLE = Sample(np.array([0.4, -0.3]), np.array([0.7, 0.5]), np.array([0.9]))


def test_one_training_step_gives_what_the_formal_step_gives_the_more_fuel_the_better() -> None:
    formal = linear().compile()
    expected = after_one_step(formal, SAMPLE)
    errors = []
    for fuel in (1e-5, 1e-4):
        conditions = DnaConditions(unit_concentration=1e-8, unit_time=5000.0, fuel=fuel)
        found = after_one_step(dna_program(formal, conditions), SAMPLE)
        errors.append(max(abs(found[name] - value) for name, value in expected.items()))
    assert errors[0] < 1e-3
    assert errors[1] < 0.15 * errors[0]


def test_quenched_gates_are_inert_so_that_all_phases_share_one_pot() -> None:
    """Every reaction of every phase and quencher is there all the time; only doses tell phases apart."""
    conditions = DnaConditions(unit_concentration=1e-8, unit_time=5000.0)
    apart = dna_program(linear().compile(), conditions)
    pot = Network.of(
        dict.fromkeys(reaction for phase in apart.phases for reaction in phase.network.reactions)
    )
    together = replace(apart, phases=tuple(Phase(p.name, pot, p.duration) for p in apart.phases))
    one, other = after_one_step(apart, SAMPLE), after_one_step(together, SAMPLE)
    for parameter in apart.circuit.trained_parameters:
        for rail in apart.rails.of(parameter):
            assert other[rail[0]] == pytest.approx(one[rail[0]], abs=2e-4)
    left = [value for name, value in other.items() if name.split("_")[-1][0] in "LGH"]
    assert max(left) < 1e-3


def test_a_regression_learns_by_strand_displacement_as_by_its_formal_reactions() -> None:
    conditions = DnaConditions(unit_concentration=1e-8, unit_time=5000.0)
    law = {"theta": Distribution("uniform", 0.1, 0.5)}
    task = make_task("linear-regression", 0)
    both = compare_training(linear(), task, conditions, initial=law, epochs=5)
    for formal, actual in zip(both.formal, both.actual, strict=True):
        assert actual.train_loss == pytest.approx(formal.train_loss, rel=0.1)
        assert actual.validation_loss == pytest.approx(formal.validation_loss, rel=0.1)
    assert both.actual[-1].train_loss < 0.3 * both.actual[0].train_loss


@pytest.mark.parametrize(("name", "hidden"), [("random-features", 4), ("perceptron", 2)])
def test_a_layered_circuit_learns_by_strand_displacement_as_by_its_formal_reactions(
    name: str, hidden: int
) -> None:
    conditions = DnaConditions(unit_concentration=1e-8, unit_time=5000.0)
    circuit = make_circuit(name, 2, hidden=hidden, annihilation=10.0, learning_rate=0.1)
    task = replace(make_task("xor", 0, train=40, validation=10), test=None)
    laws = {p.name: FAMILIES[name].initial[p.name] for p in circuit.trained_parameters}
    both = compare_training(circuit, task, conditions, initial=laws, epochs=3)
    for formal, actual in zip(both.formal, both.actual, strict=True):
        assert actual.train_loss == pytest.approx(formal.train_loss, rel=0.01)
        assert actual.validation_loss == pytest.approx(formal.validation_loss, rel=0.01)
        assert actual.parameters != formal.parameters
    assert both.actual[-1].train_loss < 0.9 * both.actual[0].train_loss


def test_the_fuels_of_a_training_step_are_as_predicted() -> None:
    conditions = DnaConditions(unit_concentration=1e-8, unit_time=5000.0)
    uses = fuel_budget(linear().compile(), conditions, SAMPLE)
    used = [use for use in uses if use.predicted > 1e-6]
    assert len(used) > 10
    for use in used:
        assert use.spent == pytest.approx(use.predicted, rel=0.02), use.fuel
        assert use.lasts == pytest.approx(0.05 / use.spent)
    assert used[0] == min(used, key=lambda use: use.lasts)
    unused: list[FuelUse] = [use for use in uses if use.predicted == 0.0]
    assert all(abs(use.spent) < 1e-9 for use in unused)


def test_the_fuels_of_phases_that_alternate_are_those_of_the_phases_that_run() -> None:
    """The update of a chopped circuit crosses the rails in every other sample, by other phases."""
    program = linear().with_(optimiser="chop", update="transfer").compile()
    conditions = suggest_conditions(*(phase.network for phase in program.phases))
    running = {step.phase for step in program.training if isinstance(step, Run)}
    idle = {phase.name for phase in program.phases} - running
    uses = fuel_budget(program, conditions, SAMPLE)
    assert idle
    assert not [use for use in uses if any(use.fuel.startswith(name.replace("-", "_")) for name in idle)]
    for use in uses:
        assert use.spent == pytest.approx(use.predicted, rel=0.02, abs=1e-6), use.fuel


crnverifier = pytest.mark.skipif(find_spec("crnverifier") is None, reason="crnverifier is not installed")


def spoiled(dna: DnaNetwork) -> DnaNetwork:
    """Return the network with a first gate whose last reactant sets the first free instead of the output."""
    gate = dna.gates[0]
    reactions = tuple(
        replace(r, products=Complex(((gate.inputs[0], 1),))) if gate.output in r.products.coefficients else r
        for r in dna.network.reactions
    )
    return replace(dna, network=replace(dna.network, reactions=reactions))


@crnverifier
@pytest.mark.parametrize(
    ("text", "method"),
    [(CATALYSIS, method) for method in METHODS] + [(ANNIHILATION, "pathways"), (LOTKA, "modules")],
)
def test_crnverifier_finds_the_scheme_right_and_a_spoiled_one_wrong(text: str, method: str) -> None:
    dna = compile_dna(parse_network(text), SECONDS)
    assert verify_dna(dna, method, seconds=PATIENCE) == Verdict.VERIFIED
    assert verify_dna(spoiled(dna), method, seconds=PATIENCE) == Verdict.REFUTED


@crnverifier
@pytest.mark.parametrize("text", ["A -> B\nZ @initial 1", "A -> B\nC -> Z [k = 0]", "A @initial 1"])
@pytest.mark.filterwarnings("ignore:.* is in no reaction")
def test_species_in_no_reaction_are_no_matter(text: str) -> None:
    assert verify_dna(compile_dna(parse_network(text), SECONDS), seconds=PATIENCE) == Verdict.VERIFIED


@crnverifier
def test_verification_ends_at_its_time_limit() -> None:
    assert verify_dna(compile_dna(parse_network(LOTKA), SECONDS), seconds=0.01) == Verdict.TIMEOUT


@crnverifier
def test_verification_refuses_what_it_cannot_do() -> None:
    dna = compile_dna(parse_network(LOTKA), SECONDS)
    with pytest.raises(UnknownNameError, match="bisimulation"):
        verify_dna(dna, "bisimulations")
    with pytest.raises(InvalidValueError, match="seconds"):
        verify_dna(dna, seconds=0.0)
