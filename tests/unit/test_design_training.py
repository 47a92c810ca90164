"""Training of a design: gradients, independence of units, what remains, and what is measured on it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from neuralcrn import app
from neuralcrn.chemistry import Network, conservation_laws, parse_network
from neuralcrn.compiler.dna.conditions import suggest_conditions
from neuralcrn.compiler.dna.network import compile_dna
from neuralcrn.engines import simulate
from neuralcrn.errors import CancelledError, InvalidValueError
from neuralcrn.formats import network_text
from neuralcrn.in_silico.design import (
    Designed,
    DesignSpec,
    Objective,
    TrainingOptions,
    best_of,
    design,
    isolated,
    make_problem,
    measure,
    train,
    variation_alone,
)
from neuralcrn.in_silico.design.chambers import candidate_network
from neuralcrn.in_silico.design.families import conserving
from neuralcrn.status import Status

PERIOD, AMPLITUDE = 10.0, 0.12
OSCILLATOR = DesignSpec(goals=(f"A, B, C oscillate period {PERIOD:g} amplitude {AMPLITUDE:g}",))
SWITCH = DesignSpec(goals=("B > 0.8 in 4:8",), initial=(("A", 1.0),))
SHORT = TrainingOptions(steps=120)
RING_START = {"A": 0.45, "B": 0.27, "C": 0.28}
RING = {"A + B -> 2 B", "B + C -> 2 C", "A + C -> 2 A"}


@cache
def oscillator() -> Designed:
    return design(OSCILLATOR, TrainingOptions(), seed=0)


@pytest.mark.parametrize(
    "spec",
    [
        OSCILLATOR,
        DesignSpec(
            goals=("A_1, B_1 oscillate period 5 amplitude 0.1", "A_2 rest in 2:6 alone"),
            species=("A", "B"),
            chambers=2,
        ),
        DesignSpec(
            goals=("Y = 2*X at 3", "X < 0.2 in 2:4"), family="elementary", inputs=(("X", (0.2, 0.5)),)
        ),
    ],
    ids=lambda spec: spec.goals[0],
)
def test_the_gradient_of_simulated_reactions_agrees_with_finite_differences(spec: DesignSpec) -> None:
    objective, rng = Objective.of(make_problem(spec)), np.random.default_rng(0)
    values = rng.uniform(0.05, 0.3, len(objective.kept))
    direction, step = rng.normal(size=len(values)), 1e-4
    _, gradient = objective(values)
    ahead, behind = (objective(values + sign * step * direction)[0] for sign in (1, -1))
    assert gradient @ direction == pytest.approx((ahead - behind) / (2 * step), rel=2e-3)


def test_goals_for_chambers_alone_do_not_depend_on_membranes() -> None:
    spec = DesignSpec(
        goals=("A_1 = 0.4 at 2 alone",), species=("A", "B"), chambers=2, initial=(("A_1", 1.0), ("B_2", 1.0))
    )
    problem = make_problem(spec)
    objective = Objective.of(problem)
    values = np.full(len(objective.kept), 0.3)
    membranes = np.isin(objective.kept, problem.membranes)
    loss, gradient = objective(values)
    assert membranes.sum() == 2
    assert not gradient[membranes].any()
    assert objective(np.where(membranes, 5.0, values))[0] == loss


def test_exactly_the_ring_of_thirty_candidates_remains() -> None:
    made = oscillator()
    assert made.candidates == 30
    assert {f"{one.reactants} -> {one.products}" for one in made.network.reactions} == RING
    expected = 2.0 * math.pi * math.sqrt(3.0) / PERIOD  # small oscillations of the ring with a total of 1
    for reaction in made.network.reactions:
        assert reaction.rate == pytest.approx(expected, rel=0.04)


def test_the_period_is_that_of_an_independent_simulation() -> None:
    run = simulate(oscillator().network, 40.0, np.linspace(0.0, 40.0, 8001), rtol=1e-9)
    values = run["A"] - run["A"].mean()
    spectrum = np.abs(np.fft.rfft(values * np.hanning(len(values)), 2**18))
    frequency = np.fft.rfftfreq(2**18, run.times[1])[spectrum.argmax()]
    (measured,) = oscillator().measured
    assert measured.reached
    assert measured.values["period"] == pytest.approx(1.0 / frequency, rel=2e-3)
    assert measured.values["amplitude"] == pytest.approx(np.ptp(run["A"]) / 2.0, rel=1e-3)


def test_a_training_does_not_depend_on_units() -> None:
    scale, time = 50.0, 3.0
    other = DesignSpec(goals=(f"B > {0.8 * scale} in {4 * time}:{8 * time}",), initial=(("A", scale),))
    networks: list[Network] = []
    for spec in (SWITCH, other):
        (last,) = deque(train(make_problem(spec), SHORT, seed=3), maxlen=1)
        networks.append(last.network)
    ours, theirs = networks
    assert [(r.reactants, r.products) for r in ours.reactions] == [
        (r.reactants, r.products) for r in theirs.reactions
    ]
    ratios = [a.rate / b.rate for a, b in zip(ours.reactions, theirs.reactions, strict=True)]
    assert ratios == pytest.approx([scale * time] * len(ratios), rel=1e-2)


def test_the_same_seed_gives_the_same_network_and_another_seed_starts_elsewhere() -> None:
    one, again, other = (next(iter(train(make_problem(SWITCH), SHORT, seed))).values for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).all()
    assert design(SWITCH, SHORT, 1) == design(SWITCH, SHORT, 1)


def test_removals_stay_within_the_tolerance() -> None:
    loose, strict = (
        design(OSCILLATOR, replace(TrainingOptions(), tolerance=tolerance), 0) for tolerance in (3e-2, 5e-3)
    )
    assert 5e-3 < loose.loss <= 3e-2
    assert strict.loss <= 5e-3
    assert loose.reactions < strict.reactions == 3


def test_goals_of_values_and_windows_are_reached_with_few_reactions() -> None:
    spec = DesignSpec(goals=("C = 0.8 at 5", "B high in 1:2"), initial=(("A", 1.0),))
    made = design(spec, TrainingOptions(steps=300), 0)
    assert made.reached
    assert made.reactions <= 5
    run = simulate(made.network, 5.0, [1.0, 1.5, 2.0, 5.0])
    assert run["C"][-1] == pytest.approx(0.8, abs=0.01)
    assert (run["B"][:-1] > 0.59).all()


def test_chambers_have_their_own_reactions_and_share_membranes() -> None:
    two = candidate_network("AB", conserving("AB"), chambers=3)
    assert len(two.network.reactions) == 3 * 6 + 2 * 2 * 2
    assert two.parameters[-2:] == ("D_A", "D_B")
    assert conservation_laws(two.network) == ((1,) * 6,)
    alone = isolated(two.network)
    assert len(alone.reactions) == 18
    assert len(conservation_laws(alone)) == 3
    values = dict.fromkeys(two.parameters, 0.5) | {"D_A": 7.0}
    rates = [r.rate for r in two.at(values).reactions if r.species == ("A_2", "A_3")]
    assert rates == [7.0]


def ring(chambers: tuple[int, int, int]) -> Network:
    """Return a ring whose reactions are in these chambers, with fast membranes."""
    sides = (("A", "B"), ("B", "C"), ("C", "A"))
    lines = [f"{a}_{c} + {b}_{c} -> 2{b}_{c} [k = 2]" for (a, b), c in zip(sides, chambers, strict=True)]
    lines += [f"{s}_1 <-> {s}_2 [kf = 9, kr = 9]  # membrane" for s in "ABC"]
    lines += [f"{s}_{c} @initial {value}" for s, value in RING_START.items() for c in (1, 2)]
    return parse_network("\n".join(lines))


def test_chambers_that_oscillate_alone_are_told_from_those_that_do_not() -> None:
    problem = make_problem(DesignSpec(goals=("A_1, B_1, C_1 oscillate period 10 amplitude 0.1",), chambers=2))
    assert variation_alone(problem, ring((1, 1, 1))) > 0.1
    assert variation_alone(problem, ring((1, 2, 2))) < 1e-6


def test_goals_for_chambers_alone_are_measured_without_membranes() -> None:
    window = "A_1, B_1, C_1 rest in 60:90"
    spec = DesignSpec(goals=(window, f"{window} alone"), chambers=2, initial=tuple(RING_START.items()))
    together, alone = measure(make_problem(spec), ring((1, 2, 2)))
    assert alone.values["deviation"] < 1e-3 < 1e-2 < together.values["deviation"]
    assert alone.goal.endswith("alone")


def test_a_goal_that_is_missed_is_reported_with_what_was_simulated() -> None:
    problem = make_problem(SWITCH)
    (measured,) = measure(problem, parse_network("A -> B [k = 0.1]\nA @initial 1"))
    assert not measured.reached
    assert measured.values["value"] == pytest.approx(1.0 - math.exp(-0.4), rel=1e-5)
    assert measured.result == "0.3297 at 4"


def test_a_damped_oscillation_is_not_called_sustained() -> None:
    problem = make_problem(OSCILLATOR)
    text = str(oscillator().network).replace("A + C", "2 C -> 2 A [k = 0.05]\nA + C")
    (measured,) = measure(problem, parse_network(text))
    assert not measured.reached
    assert "per cycle" in measured.result
    (none,) = measure(problem, parse_network("A -> B\nB + C -> C\nC @initial 1"))
    assert none.result == "no oscillation"


def test_the_best_result_reaches_its_goals_with_the_fewest_reactions() -> None:
    made = design(SWITCH, SHORT, 0)
    missed = replace(made, measured=(replace(made.measured[0], reached=False),), loss=0.0)
    larger = replace(made, text=made.text + "\nB -> B + A [k = 1]")
    assert best_of((missed, larger, made)) is made
    assert best_of((missed, replace(missed, loss=1.0))) is missed


def test_the_command_keeps_trainings_and_continues(tmp_path: Path) -> None:
    def stop_after_one(status: Status) -> None:
        if status.done == 1:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        app.design(SWITCH, tmp_path, SHORT, seeds=2, processes=1, on_status=stop_after_one)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "seeds").glob("seed-*.json")}
    assert len(kept) == 1
    made = app.design(SWITCH, tmp_path, SHORT, seeds=2, processes=1)
    assert all((tmp_path / "seeds" / name).read_bytes() == content for name, content in kept.items())
    assert made.results == tuple(design(SWITCH, SHORT, seed) for seed in range(2))
    assert parse_network((tmp_path / "network.crn").read_text()) == made.best.network
    assert "trained in silico" in str(made)
    assert (tmp_path / "network.svg").read_text().startswith("<?xml")


def test_a_trained_network_exports_as_others_do() -> None:
    network = oscillator().network
    assert "<listOfReactions>" in network_text(network, "sbml")
    assert compile_dna(network, suggest_conditions(network)).network.counts.reactions > 3


@pytest.mark.parametrize(
    "options", [{"steps": 0}, {"learning_rate": 0.0}, {"penalty": -1.0}, {"threshold": math.nan}]
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InvalidValueError, match=next(iter(options))):
        TrainingOptions(**options)
