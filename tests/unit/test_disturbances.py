"""Disturbed programs: the laws of their errors, what is changed and what is not, and what follows from it."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from neuralcrn.chemistry import Reaction
from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Program, adjoint_of, gradient_of
from neuralcrn.compiler.protocol import Dose, Run
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learning import Trainer
from neuralcrn.studies.robustness import DISTURBANCES, disturb
from neuralcrn.studies.robustness.disturbances import is_annihilation
from neuralcrn.studies.robustness.parts import PARTS, parts_of
from neuralcrn.tasks import make_task

AUTONOMIES = ("staged", "gated", "autonomous")
PROGRAMS = {level: make_circuit("quadratic", inputs=2).compile(level) for level in AUTONOMIES}
DRAWS = 200


def reactions_of(program: Program) -> list[Reaction]:
    return [reaction for phase in program.phases for reaction in phase.network.reactions]


def logarithms(program: Program, disturbed: Program) -> np.ndarray:
    pairs = zip(reactions_of(program), reactions_of(disturbed), strict=True)
    return np.array([math.log(after.rate / before.rate) for before, after in pairs])


def waits(steps: tuple, program: Program) -> list[float]:
    runs = [step for step in steps if isinstance(step, Run)]
    return [program.phase(r.phase).duration if r.duration is None else r.duration for r in runs]


@pytest.mark.parametrize("level", AUTONOMIES)
@pytest.mark.parametrize("name", DISTURBANCES)
def test_strength_0_is_the_program_itself_and_a_seed_is_a_program(name: str, level: str) -> None:
    program = PROGRAMS[level]
    assert disturb(program, name, 0.0, 1) == program
    assert disturb(program, name, 0.5, 1) == disturb(program, name, 0.5, 1) != program
    drawn = name not in ("annihilation", "pipetting")  # the errors of pipetting are drawn when it is done
    assert (disturb(program, name, 0.5, 1) != disturb(program, name, 0.5, 2)) == drawn


@pytest.mark.parametrize("level", AUTONOMIES)
@pytest.mark.parametrize("name", DISTURBANCES)
def test_no_species_and_no_step_appears_or_is_lost(name: str, level: str) -> None:
    program = PROGRAMS[level]
    disturbed = disturb(program, name, 1.0, 3)
    assert disturbed.species == program.species
    for changed, protocol in zip(disturbed.protocols, program.protocols, strict=True):
        assert [type(step) for step in changed] == [type(step) for step in protocol]


@pytest.mark.parametrize("strength", [0.05, 0.5])
def test_errors_of_rates_are_log_normal_with_median_1_and_independent(strength: float) -> None:
    program = make_circuit("linear", inputs=2).compile()
    errors = np.array([logarithms(program, disturb(program, "rates", strength, k)) for k in range(DRAWS)])
    n = errors.size
    assert errors.mean() == pytest.approx(0.0, abs=4.0 * strength / math.sqrt(n))
    assert errors.std() == pytest.approx(strength, rel=4.0 / math.sqrt(2.0 * n))
    kurtosis = np.mean(errors**4) / np.mean(errors**2) ** 2
    assert kurtosis == pytest.approx(3.0, abs=4.0 * math.sqrt(24.0 / n))
    correlations = np.corrcoef(errors.T) - np.eye(errors.shape[1])
    assert np.abs(correlations).max() < 5.0 / math.sqrt(DRAWS)


def images_of(program: Program) -> list[list[int]]:
    """Return the numbers of reactions that do the same for other rails of the same quantities: found from the
    variables of a circuit, whose rails are exchanged for one rail each.
    """
    circuit = program.circuit
    variables = (
        *circuit.system.states, *circuit.system.inputs, *circuit.trained_parameters, *circuit.errors,
        *map(adjoint_of, circuit.system.states), *map(gradient_of, circuit.trained_parameters),
    )  # fmt: skip
    one = {species: str(v) for v in variables for species, _ in program.rails.of(v)}
    groups: dict[tuple, list[int]] = {}
    for number, reaction in enumerate(reactions_of(program)):
        sides = (reaction.reactants, reaction.products)
        key = tuple(tuple(sorted((one.get(name, name), n) for name, n in side.terms)) for side in sides)
        groups.setdefault(key, []).append(number)
    return list(groups.values())


def test_common_errors_and_mismatch_make_up_the_errors_of_rates_and_are_independent_of_each_other() -> None:
    """Log k = common + mismatch for the same seed; the variances are s^2 / n and s^2 (1 - 1 / n)."""
    strength, program = 0.5, make_circuit("linear", inputs=2, non_negative=False).compile()
    rates, shared, own = (
        np.array([logarithms(program, disturb(program, name, strength, k)) for k in range(DRAWS)])
        for name in ("rates", "common", "mismatch")
    )
    np.testing.assert_allclose(rates, shared + own, atol=1e-12)
    sizes: set[int] = set()
    for group in images_of(program):
        if len(
            {(reactions_of(program)[k].reactants, reactions_of(program)[k].products) for k in group}
        ) < len(group):
            continue  # a reaction that occurs twice counts once in the mean
        n = len(group)
        sizes.add(n)
        assert np.ptp(shared[:, group], axis=1) == pytest.approx(0.0, abs=1e-12)
        assert own[:, group].mean(axis=1) == pytest.approx(0.0, abs=1e-12)
        spread = 5.0 * math.sqrt(2.0 / (DRAWS * n))
        assert np.mean(shared[:, group] ** 2) == pytest.approx(
            strength**2 / n, rel=5.0 * math.sqrt(2.0 / DRAWS)
        )
        assert np.mean(own[:, group] ** 2) == pytest.approx(strength**2 * (1.0 - 1.0 / n), rel=2.0 * spread)
        products = (shared[:, group] * own[:, group]).mean(axis=0) / strength**2
        assert np.abs(products).max() < 5.0 / math.sqrt(DRAWS)
    assert sizes == {1, 2, 4}


@pytest.mark.parametrize("level", AUTONOMIES)
def test_common_errors_keep_the_symmetry_of_rails_and_mismatch_breaks_it(level: str) -> None:
    """Exchange of the rails of errors, adjoints and gradients, on which all feedback depends linearly."""
    program = PROGRAMS[level]
    numbers = {str(Reaction(r.reactants, r.products)): k for k, r in enumerate(reactions_of(program))}
    rail = re.compile(r"(?<![a-z_])(e1|a\d|g_[a-z]+[\d_]+?)_([pn])(?=[_ ]|$)")
    exchanged = {text: rail.sub(lambda m: f"{m[1]}_{'n' if m[2] == 'p' else 'p'}", text) for text in numbers}
    pairs = [(numbers[one], numbers[other]) for one, other in exchanged.items() if one != other in numbers]
    shared, own = (logarithms(program, disturb(program, name, 0.5, 1)) for name in ("common", "mismatch"))
    assert len(pairs) >= 30
    assert any("_feedback" in one for one in numbers if one != exchanged[one] in numbers) == program.is_pot
    assert all(shared[k] == shared[j] and own[k] != own[j] for k, j in pairs)


def test_pipetting_changes_no_amount_but_gives_every_dose_an_error() -> None:
    for program in PROGRAMS.values():
        disturbed = disturb(program, "pipetting", 0.3, 0)
        assert disturbed.phases == program.phases
        assert {dose.error for dose in disturbed.doses} == {0.3}
        assert [replace(dose, error=0.0) for dose in disturbed.doses] == list(program.doses)


@pytest.mark.parametrize("level", AUTONOMIES)
def test_every_reaction_is_in_one_part_and_every_leak_too(level: str) -> None:
    program = PROGRAMS[level]
    original, changed, leaks = Counter(map(str, reactions_of(program))), Counter[str](), Counter[str]()
    for part in parts_of(program):
        changed += original - Counter(map(str, reactions_of(disturb(program, "rates", 0.5, 2, part))))
        leaky = Counter(map(str, reactions_of(disturb(program, "leaks", 0.5, 2, part))))
        assert not original - leaky
        leaks += Counter(text.split(" [")[0] for text in leaky - original)
    assert changed == original
    wholly = Counter(map(str, reactions_of(disturb(program, "leaks", 0.5, 2)))) - original
    assert set(leaks) == {text.split(" [")[0] for text in wholly}


def test_parts_of_a_staged_program_are_its_phases() -> None:
    program = make_circuit("quadratic", inputs=2, batch=2).compile()
    changed = {
        part: [
            phase.name
            for phase, before in zip(
                disturb(program, "rates", 0.5, 0, part).phases, program.phases, strict=True
            )
            if phase != before
        ]
        for part in parts_of(program)
    }
    assert changed == {
        "forward": ["feedforward", "readout", "error"],
        "backward": ["backpropagate", "feedback"],
        "update": ["update"],
    }


def test_parts_of_a_pot_are_told_by_gates() -> None:
    program = make_circuit("linear", inputs=2).compile("autonomous")
    assert parts_of(program) == PARTS
    changed = {part: disturbed_reactions(program, part) for part in PARTS}
    sizes = {part: len(found) for part, found in changed.items()}
    assert sum(sizes.values()) == program.reaction_count
    written = {part: {name for r in found for name in r.net_change} for part, found in changed.items()}
    theta, gradient = {"theta1_p", "theta2_n"}, {"g_theta1_p", "g_theta2_n"}
    assert theta | gradient <= written["update"]
    assert {"z1_p", "e1_n"} <= written["forward"]
    assert gradient <= written["backward"]
    assert {"C1", "C5"} <= written["other"]
    assert written["forward"].isdisjoint(theta | gradient | {"C1"})
    assert written["backward"].isdisjoint(theta | {"z1_p", "C1"})


@pytest.mark.parametrize("level", ["gated", "autonomous"])
def test_what_tracks_the_error_while_it_is_formed_is_backward(level: str) -> None:
    """The chopper gives the backward path a turn of its own, and the forward part is the same without it."""
    forward: list[set[str]] = []
    for optimiser in ("plain", "chop"):
        program = make_circuit("perceptron", inputs=1, hidden=2, optimiser=optimiser).compile(level)
        changed = disturbed_reactions(program, "forward")
        forward.append({str(Reaction(r.reactants, r.products)) for r in changed})
        backward = {name for r in disturbed_reactions(program, "backward") for name in r.net_change}
        assert {"a1_p", "a2_n", "g_theta1_1_p", "g_b1_n"} <= backward
        updated = {name for r in disturbed_reactions(program, "update") for name in r.net_change}
        assert {"theta1_1_p", "g_theta1_1_p", "b1_n"} <= updated
    names = [{re.sub("C1|C_feedforward", "gate", text) for text in found} for found in forward]
    assert names[0] == names[1]
    written = {name for text in forward[0] for name in text.split()}
    assert {"z1_n", "e1_p", "e1_n"} <= written
    assert not {name for name in written if name.startswith(("a1", "ah", "g_"))}


@pytest.mark.parametrize("level", AUTONOMIES)
@pytest.mark.parametrize("name", ["rates", "leaks"])
def test_a_part_has_the_errors_that_it_has_in_the_whole(name: str, level: str) -> None:
    program = make_circuit("perceptron", inputs=1, hidden=2).compile(level)
    wholly = Counter(map(str, reactions_of(disturb(program, name, 0.5, 3))))
    for part in parts_of(program):
        alone = Counter(map(str, reactions_of(disturb(program, name, 0.5, 3, part))))
        changed = alone - Counter(map(str, reactions_of(program)))
        assert changed or (name, part) in [("leaks", "update"), ("leaks", "other")]
        assert changed <= wholly


@pytest.mark.parametrize("name", ["rates", "leaks"])
def test_circuits_share_the_errors_of_the_reactions_that_they_share(name: str) -> None:
    plain, chopped = (
        make_circuit("perceptron", inputs=1, hidden=2, optimiser=optimiser).compile()
        for optimiser in ("plain", "chop")
    )
    phase = "feedforward"
    networks = [disturb(program, name, 0.5, 3).phase(phase).network for program in (plain, chopped)]
    assert networks[0] == networks[1] != plain.phase(phase).network
    assert disturb(plain, name, 0.5, 4).phase(phase).network != networks[0]


def disturbed_reactions(program: Program, part: str) -> list[Reaction]:
    """Return the reactions that belong to a part."""
    after = sorted_like(program, disturb(program, "rates", 0.5, 0, part))
    return [old for old, new in zip(reactions_of(program), after, strict=True) if old.rate != new.rate]


def sorted_like(program: Program, disturbed: Program) -> list[Reaction]:
    """Return the reactions of a disturbed program in the order of those before."""
    by_sides = {(r.reactants, r.products): r for r in reactions_of(disturbed)}
    return [by_sides[r.reactants, r.products] for r in reactions_of(program)]


def test_parts_that_are_not_there_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'backward'"):
        disturb(PROGRAMS["staged"], "rates", 0.1, 0, "backwards")
    with pytest.raises(InvalidValueError, match="pipetting does not act on the reactions of one part"):
        disturb(PROGRAMS["staged"], "pipetting", 0.1, 0, "forward")
    direct = make_circuit("quadratic", inputs=2, update="direct").compile("gated")
    with pytest.raises(InvalidValueError, match="no reactions in the part update: choose forward, backward"):
        disturb(direct, "rates", 0.1, 0, "update")


def test_a_reaction_that_two_phases_share_has_one_error() -> None:
    program = PROGRAMS["staged"]
    errors = logarithms(program, disturb(program, "rates", 0.5, 0))
    by_sides: dict[tuple, set[float]] = {}
    for reaction, error in zip(reactions_of(program), errors, strict=True):
        by_sides.setdefault((reaction.reactants, reaction.products), set()).add(round(error, 12))
    assert len(by_sides) < program.reaction_count
    assert all(len(found) == 1 for found in by_sides.values())
    assert len(set().union(*by_sides.values())) == len(by_sides)


@pytest.mark.parametrize("level", AUTONOMIES)
def test_lost_annihilation_slows_annihilation_alone_and_at_last_removes_it(level: str) -> None:
    program = PROGRAMS[level]
    pairs = [reaction for reaction in reactions_of(program) if is_annihilation(reaction)]
    assert {reaction.label.split(": ")[1] for reaction in pairs} == {"annihilation"}
    assert len(pairs) == sum("annihilation" in reaction.label for reaction in reactions_of(program))
    kept = [reaction for reaction in reactions_of(program) if reaction not in pairs]
    assert reactions_of(disturb(program, "annihilation", 1.0, 0)) == kept
    slowed = logarithms(program, disturb(program, "annihilation", 0.9, 0))
    expected = [math.log(0.1) if reaction in pairs else 0.0 for reaction in reactions_of(program)]
    assert slowed == pytest.approx(expected)


@pytest.mark.parametrize("level", AUTONOMIES)
def test_each_catalysed_product_leaks_once_and_nothing_else_changes(level: str) -> None:
    program = PROGRAMS[level]
    for before, after in zip(program.phases, disturb(program, "leaks", 0.01, 5).phases, strict=True):
        old, new = before.network, after.network
        assert new.reactions[: len(old.reactions)] == old.reactions
        leaks = new.reactions[len(old.reactions) :]
        assert all(leak.order == 0 and leak.rate > 0.0 for leak in leaks)
        produced = {
            name
            for reaction in old.reactions
            if reaction.catalysts and set(reaction.catalysts) == set(dict(reaction.reactants.terms))
            for name in reaction.net_change
        }
        assert [leak.products.order for leak in leaks] == [1] * len(produced)
        assert {leak.species[0] for leak in leaks} == produced


def test_the_median_leak_is_its_strength_of_the_flux_at_unit_concentrations() -> None:
    program = make_circuit("linear", inputs=2, supply=0.0).compile()
    rates = [
        [reaction.rate for reaction in disturb(program, "leaks", 0.01, k).phase("readout").network.reactions]
        for k in range(DRAWS)
    ]
    logs = np.log(np.array(rates)[:, 4:])  # e1 is made from z1 and z2, each at the rate 1
    assert logs.shape == (DRAWS, 2)
    assert np.median(logs) == pytest.approx(math.log(0.02), abs=5.0 * 1.2533 / math.sqrt(logs.size))


def test_what_a_leak_predicts_without_input_is_its_integral() -> None:
    """Linear circuit: y = (l_z1 + l_z2) T T_r + l_e T_r, each l the leak of a rail minus the other's."""
    program = disturb(make_circuit("linear", inputs=2, supply=0.0).compile(), "leaks", 0.1, 7)
    leak = {
        (phase.name, reaction.species[0]): reaction.rate
        for phase in program.phases
        for reaction in phase.network.reactions
        if reaction.order == 0
    }
    z = sum(leak["feedforward", f"z{i}_p"] - leak["feedforward", f"z{i}_n"] for i in (1, 2))
    e = leak["readout", "e1_p"] - leak["readout", "e1_n"]
    horizon, reading = program.phase("feedforward").duration, program.phase("readout").duration
    trainer = Trainer(program, make_task("linear-regression", 0), seed=0)
    state = trainer.fresh_state({})
    empty = replace(state, pot=np.zeros_like(state.pot))
    (output,) = trainer.predict(empty, np.zeros((1, 2)))[0]
    assert output == pytest.approx(z * horizon * reading + e * reading, rel=1e-5)


@pytest.mark.parametrize("level", AUTONOMIES)
def test_a_stock_has_the_same_error_in_training_and_in_prediction(level: str) -> None:
    program = PROGRAMS[level]
    disturbed = disturb(program, "doses", 0.3, 1)
    factors: dict[tuple, set[float]] = {}
    for protocol in ("training", "prediction"):
        for old, new in zip(getattr(program, protocol), getattr(disturbed, protocol), strict=True):
            if isinstance(old, Dose):
                assert new.factor * old.factor > 0.0
                factors.setdefault((old.variable, old.source), set()).add(round(new.factor / old.factor, 12))
            else:
                assert new == old
    assert all(len(found) == 1 for found in factors.values())
    assert len(set().union(*factors.values())) == len(factors) > 2
    assert reactions_of(disturbed) == reactions_of(program)


def test_fixed_parameters_and_the_clock_are_stocks_too_and_their_errors_are_log_normal() -> None:
    program = make_circuit("linear", inputs=2, supply=2.0).compile("autonomous")
    held = [k for k, value in enumerate(program.phases[0].network.initial) if value > 0.0]
    draws = [disturb(program, "doses", 0.2, k) for k in range(DRAWS)]
    old = np.array([*np.array(program.phases[0].network.initial)[held], *program.circuit.fixed.values()])
    new = [[*np.array(d.phases[0].network.initial)[held], *d.circuit.fixed.values()] for d in draws]
    errors = np.log(np.array(new) / old)
    assert len(old) > len(program.circuit.fixed) > 0
    assert errors.mean() == pytest.approx(0.0, abs=4.0 * 0.2 / math.sqrt(errors.size))
    assert errors.std() == pytest.approx(0.2, rel=4.0 / math.sqrt(2.0 * errors.size))


@pytest.mark.parametrize("level", ["staged", "gated"])
def test_a_wrong_timer_changes_every_wait_and_no_reaction(level: str) -> None:
    program = PROGRAMS[level]
    logs: list[float] = []
    for seed in range(DRAWS):
        disturbed = disturb(program, "clock", 0.2, seed)
        assert disturbed.phases == program.phases
        ratios = {
            protocol: np.array(waits(getattr(disturbed, protocol), program))
            / waits(getattr(program, protocol), program)
            for protocol in ("training", "prediction")
        }
        assert len(np.unique(ratios["training"])) == len(ratios["training"])
        shared = len(ratios["prediction"])
        assert ratios["prediction"] == pytest.approx(ratios["training"][:shared])
        logs.extend(np.log(ratios["training"]))
    assert np.mean(logs) == pytest.approx(0.0, abs=4.0 * 0.2 / math.sqrt(len(logs)))
    assert np.std(logs) == pytest.approx(0.2, rel=4.0 / math.sqrt(2.0 * len(logs)))


def test_a_wrong_clock_changes_its_own_reactions_alone() -> None:
    program = PROGRAMS["autonomous"]
    disturbed = disturb(program, "clock", 0.2, 0)
    assert (disturbed.training, disturbed.prediction) == (program.training, program.prediction)
    own = {f"C{i}" for i in range(1, 6)}
    changed = logarithms(program, disturbed) != 0.0
    assert changed.tolist() == [set(reaction.species) <= own for reaction in reactions_of(program)]
    assert changed.sum() == 15


@pytest.mark.parametrize("strength", [-0.1, 1.1, math.nan, math.inf])
def test_strengths_out_of_range_are_refused(strength: float) -> None:
    with pytest.raises(InvalidValueError, match="give a fraction from 0 to 1"):
        disturb(PROGRAMS["staged"], "rates", strength, 0)


def test_unknown_disturbances_are_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'leaks'"):
        disturb(PROGRAMS["staged"], "leeks", 0.1, 0)


@pytest.mark.parametrize("name", DISTURBANCES)
def test_registered_strengths_go_from_mild_to_harsh(name: str) -> None:
    strengths = DISTURBANCES[name].strengths
    assert list(strengths) == sorted(set(strengths))
    assert 0.0 < strengths[0] < strengths[-1] <= 1.0
