"""Events: a run ends where a species rises over a threshold, wherever that is and whatever the method."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.compiler.pot.clocks import CLOCKS, PRECISION
from neuralcrn.engines import Outcome, Solver, simulate
from neuralcrn.engines.native.integrate import EVENT_TOLERANCE
from neuralcrn.errors import InvalidValueError

RATE = 2.0
DECAY = f"A -> B [k = {RATE}]\nA @initial 1"
# alongside, a pair that exchanges so fast that only the stiff method gets through
STIFF = f"{DECAY}\nU <-> V [kf = 1e5, kr = 1e5]\nU @initial 1"
# 2A -> 3A beside its inflow: A = tan(t), which crosses any threshold ever more steeply
TANGENT = "0 -> A [k = 1]\n2A -> 3A [k = 1]"
PREY = "A -> 2A [k = 1]\nA + B -> 2B [k = 1]\nB -> 0 [k = 1]\nA @initial 0.5\nB @initial 0.5"

METHODS = pytest.mark.parametrize("text", [DECAY, STIFF], ids=["explicit", "stiff"])


@METHODS
@pytest.mark.parametrize("threshold", [1e-6, 0.01, 0.5, 0.9, 0.999])
def test_the_product_of_a_decay_crosses_when_its_closed_form_does(text: str, threshold: float) -> None:
    run = simulate(parse_network(text), 20.0, until=("B", threshold), rtol=1e-10, atol=1e-14)
    assert run.outcome == Outcome.SUCCESS
    slope = RATE * (1.0 - threshold)  # of B where it crosses: what an error of B means for the time
    allowed = 1e-6 * threshold / slope + 1e-9
    assert run.end == pytest.approx(-math.log1p(-threshold) / RATE, abs=allowed)


def test_half_is_reached_after_the_half_life() -> None:
    for text in (DECAY, STIFF):
        run = simulate(parse_network(text), 20.0, until=("B", 0.5), rtol=1e-10)
        assert run.end == pytest.approx(math.log(2.0) / RATE, rel=1e-6)


@pytest.mark.parametrize("threshold", [0.1, 1.0, 30.0])
def test_a_steepening_rise_is_caught(threshold: float) -> None:
    run = simulate(parse_network(TANGENT), 1.57, until=("A", threshold), rtol=1e-10)
    assert run.end == pytest.approx(math.atan(threshold), rel=1e-6)


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-10])
@pytest.mark.parametrize(
    ("text", "species", "threshold"),
    [(DECAY, "B", 0.3), (STIFF, "B", 0.3), (TANGENT, "A", 2.0), (PREY, "B", 1.2), (PREY, "A", 1.2)],
    ids=["explicit", "stiff", "steep", "predator", "prey"],
)
def test_the_threshold_is_passed_and_hardly(text: str, species: str, threshold: float, rtol: float) -> None:
    network = parse_network(text)
    run = simulate(network, 30.0, until=(species, threshold), rtol=rtol)
    assert run.outcome == Outcome.SUCCESS
    reached = run.final[network.index[species]]
    assert threshold <= reached <= threshold * (1.0 + EVENT_TOLERANCE)


@METHODS
def test_the_state_at_the_event_is_that_of_a_run_to_its_time(text: str) -> None:
    network = parse_network(text)
    event = simulate(network, 20.0, until=("B", 0.7), rtol=1e-10, atol=1e-14)
    plain = simulate(network, event.end, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(event.final, plain.final, rtol=1e-8, atol=1e-12)


def test_what_is_recorded_before_an_event_is_what_a_plain_run_records() -> None:
    network, times = parse_network(PREY), np.linspace(0.0, 4.0, 41)
    event = simulate(network, 4.0, times, until=("B", 0.6), rtol=1e-9)
    plain = simulate(network, 4.0, times, rtol=1e-9)
    assert 0.0 < event.end < 4.0
    assert event.times.tolist() == times[times <= event.end].tolist()
    np.testing.assert_allclose(event.values, plain.values[: len(event.times)], rtol=1e-7)


@METHODS
@pytest.mark.parametrize("threshold", [1.0 + 1e-9, 7.0])
def test_an_event_that_never_comes_is_told_with_advice(text: str, threshold: float) -> None:
    network = parse_network(text)
    run = simulate(network, 20.0, until=("B", threshold))
    assert run.outcome == Outcome.NO_EVENT
    assert run.end == 20.0
    np.testing.assert_allclose(run.final, simulate(network, 20.0).final, rtol=1e-5, atol=1e-12)
    assert "did not rise above its threshold" in run.outcome.advice
    assert "clock has stopped" in run.outcome.advice


@pytest.mark.parametrize(
    "text", ["A -> B\nD @initial 0.3\nA @initial 1", "A -> A\nD @initial 2"], ids=["constant", "all constant"]
)
@pytest.mark.filterwarnings("ignore:.* is in no reaction")
def test_a_species_that_nothing_changes_never_rises(text: str) -> None:
    assert simulate(parse_network(text), 3.0, until=("D", 0.5)).outcome == Outcome.NO_EVENT


def test_falling_through_the_threshold_does_not_count() -> None:
    run = simulate(parse_network(DECAY), 20.0, until=("A", 0.5))
    assert run.outcome == Outcome.NO_EVENT


def test_a_species_that_starts_above_must_fall_first() -> None:
    """The prey starts over the threshold, falls below it and rises: only that ends the run."""
    network = parse_network(PREY).with_initial({"A": 1.5, "B": 1.5})
    run = simulate(network, 30.0, until=("A", 1.2), rtol=1e-9)
    path = simulate(network, run.end, np.linspace(0.0, run.end, 2001), rtol=1e-9)["A"]
    below = np.nonzero(path < 1.2)[0]
    assert 0 < below[0] < below[-1]
    assert np.array_equal(below, np.arange(below[0], below[-1] + 1))
    assert below[-1] >= 1998  # it is below the threshold until the very end


def test_crossings_of_an_oscillation_are_found_one_after_another() -> None:
    """Lotka and Volterra: closed orbits, on which A - log A + B - log B stays as it is."""
    solver = Solver.of(parse_network(PREY), rtol=1e-10, atol=1e-13)
    ends, states = [], []
    start = None
    for _ in range(4):
        run = solver.run(30.0, start=start, until=("B", 1.0))
        assert run.outcome == Outcome.SUCCESS
        start = run.final
        ends.append(run.end)
        states.append(run.final)
    np.testing.assert_allclose(ends[2:], ends[1], rtol=1e-6)
    np.testing.assert_allclose(states, np.tile(states[0], (4, 1)), rtol=2e-6)
    first = 2.0 * (0.5 - math.log(0.5))
    for a, b in states:
        assert a - math.log(a) + b - math.log(b) == pytest.approx(first, rel=1e-7)
        assert a > 1.0  # where B rises, and not where it falls


def test_the_turns_of_a_clock_are_found_one_after_another() -> None:
    clock = CLOCKS.find("restored-5")
    atol = dict.fromkeys(clock.network.species, PRECISION * clock.floor)
    solver = Solver.of(clock.network, rtol=1e-8, atol=atol)
    state, ends = solver.run(5.0 * clock.period, until=("C2", 0.5)).final, []
    for turn in range(5):
        species = clock.network.species[(turn + 2) % 5]
        run = solver.run(5.0 * clock.period, start=state, until=(species, 0.5))
        state = run.final
        assert state[clock.network.index[species]] == pytest.approx(0.5, rel=2e-6)
        ends.append(run.end)
    # all species are alike, so every turn takes as long as every other
    np.testing.assert_allclose(ends, clock.period / 5.0, rtol=1e-5)


@pytest.mark.parametrize("rtol", [1e-3, 1e-4])
def test_a_peak_just_over_the_threshold_is_not_missed(rtol: float) -> None:
    network = parse_network(PREY)
    peak = simulate(network, 7.0, np.linspace(0.0, 7.0, 20_001), rtol=1e-11)["B"].max()
    run = simulate(network, 7.0, until=("B", 0.995 * peak), rtol=rtol)
    assert run.outcome == Outcome.SUCCESS


def test_an_event_does_not_wait_for_the_longest_wait() -> None:
    network = parse_network(DECAY)
    short, long = (simulate(network, t, until=("B", 0.5), rtol=1e-9) for t in (0.4, 4e6))
    assert short.end == pytest.approx(long.end, rel=1e-6)
    assert simulate(network, 0.3, until=("B", 0.5)).outcome == Outcome.NO_EVENT


GROWTH = "A -> 2A [k = 1]\n2A -> A [k = 1]\nR -> 0 [k = 1]\nR @initial 1"


def growing(start: float = 1e-12) -> Network:
    """A that grows from almost nothing by the logistic law, beside something large."""
    return parse_network(GROWTH).with_initial({"A": start})


def time_to_half(start: float = 1e-12) -> float:
    return math.log((1.0 - start) / start)


def test_a_species_that_grows_from_almost_nothing_needs_its_own_tolerance() -> None:
    exact = time_to_half()
    fine = simulate(growing(), 100.0, until=("A", 0.5), rtol=1e-8, atol={"A": 1e-18, "R": 1e-8})
    assert fine.end == pytest.approx(exact, rel=1e-6)
    default = simulate(growing(), 100.0, until=("A", 0.5), rtol=1e-8)
    assert default.end == pytest.approx(exact, rel=1e-5)
    coarse = simulate(growing(), 100.0, until=("A", 0.5), rtol=1e-8, atol=1e-3)
    assert abs(coarse.end - exact) > 1e-3 * exact


def test_a_mapping_names_some_and_leaves_the_others_at_the_default() -> None:
    """The two coarse runs differ from the default in one species each, and only that one suffers."""
    default = simulate(growing(1e-3), 3.0, [3.0], rtol=1e-10)
    same = simulate(growing(1e-3), 3.0, [3.0], rtol=1e-10, atol={})
    assert np.array_equal(default.values, same.values)
    assert same.steps == default.steps
    all_fine = simulate(growing(1e-3), 3.0, [3.0], rtol=1e-10, atol={"A": 1e-13, "R": 1e-13})
    assert np.array_equal(all_fine.values, default.values)
    loose = simulate(growing(1e-3), 3.0, [3.0], rtol=1e-10, atol={"A": 1e-2, "R": 1e-2})
    assert loose.steps < default.steps
    half = simulate(growing(1e-3), 3.0, [3.0], rtol=1e-10, atol={"A": 1e-2})
    assert loose.steps < half.steps


@pytest.mark.parametrize(
    ("atol", "message"),
    [
        ({"Q": 1e-9}, "no species Q"),
        ({"A": 1e-9, "R_p": 1e-9}, "no species R_p"),
        ({"A": 0.0}, "of A: it must be positive"),
        ({"R": math.nan}, "of R: it must be positive"),
    ],
)
def test_tolerances_by_species_are_refused_by_name(atol: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        simulate(growing(), 1.0, atol=atol)


@pytest.mark.parametrize("until", [("Q", 0.5), ("B", 0.0), ("B", -1.0), ("B", math.inf), ("B", math.nan)])
def test_events_are_refused_by_name(until: tuple[str, float]) -> None:
    with pytest.raises(InvalidValueError, match="name a species of the network and a positive threshold"):
        simulate(parse_network(DECAY), 1.0, until=until)
