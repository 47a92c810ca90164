"""Goals of a design: losses and their derivatives, notation, and goals that no network can reach."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.algebra import parse_expression
from neuralcrn.errors import InvalidValueError, NeuralCRNError, UnknownNameError
from neuralcrn.in_silico.cycles import measure_cycles
from neuralcrn.in_silico.design import (
    Bound,
    DesignSpec,
    Goal,
    Oscillation,
    Rest,
    Value,
    conserving,
    elementary,
    make_problem,
    parse_goal,
)
from neuralcrn.in_silico.design.notation import FORMS

GOALS = (
    Oscillation(("A", "B", "C"), 10.0, 0.12, 1 / 3),
    Value(("A",), parse_expression("X*exp(-t)"), 1.0, 4.0),
    Value(("A",), parse_expression("0.3"), 2.0, 2.0),
    Bound(("A",), True, 0.5, 0.0, 3.0),
    Bound(("A",), False, 0.5, 0.0, 3.0),
    Rest(("A", "B"), 1.0, 2.0),
)
INPUTS = {"X": 0.7}
PLAIN = {"species": ("A", "B"), "initial": (("A", 1.0),)}


@pytest.mark.parametrize("goal", GOALS, ids=str)
def test_the_derivative_of_a_loss_agrees_with_finite_differences(goal: Goal) -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(0.0, 1.0, (len(goal.times), len(goal.species)))
    direction, step = rng.normal(size=values.shape), 1e-6
    loss, derivative = goal.loss(values, INPUTS)
    ahead, behind = (goal.loss(values + sign * step * direction, INPUTS)[0] for sign in (1, -1))
    assert loss > 0.0
    assert (derivative * direction).sum() == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("goal", GOALS[:-1], ids=str)
def test_concentrations_within_the_limits_have_no_loss(goal: Goal) -> None:
    low, high = goal.limits(goal.times, INPUTS)
    assert (low <= high).all()
    for values in (np.where(np.isfinite(low), low, high), np.where(np.isfinite(high), high, low)):
        assert goal.loss(values, INPUTS)[0] < 1e-30


def test_constant_concentrations_are_at_rest_and_others_have_their_variance() -> None:
    goal = Rest(("A",), 0.0, 1.0)
    assert goal.loss(np.full((len(goal.times), 1), 0.25), {})[0] == 0.0
    values = np.random.default_rng(0).normal(size=(len(goal.times), 1))
    assert goal.loss(values, {})[0] == pytest.approx(values.var())


def test_phases_of_an_oscillation_are_equal_parts_of_the_period() -> None:
    goal = Oscillation(("A", "B", "C", "D"), 8.0, 0.1, 0.25)
    times = np.linspace(0.0, 8.0, 4001)
    peaks = times[goal.at(times[:-1]).argmax(axis=0)]
    assert peaks.tolist() == [0.0, 2.0, 4.0, 6.0]
    assert goal.at(times).sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("goal", GOALS, ids=str)
@pytest.mark.parametrize("suffix", ["", " alone"])
def test_the_text_of_a_goal_is_read_as_the_same_goal(goal: Goal, suffix: str) -> None:
    read = parse_goal(f"{goal}{suffix}")
    assert str(read) == f"{goal}{suffix}"
    assert type(read.goal) is type(goal)
    assert read.alone == bool(suffix)


def test_high_and_low_are_relative_to_the_total() -> None:
    high, low = (parse_goal(f"A {level} in 1:2", total=5.0).goal for level in ("high", "low"))
    assert isinstance(high, Bound)
    assert isinstance(low, Bound)
    assert (high.level, high.above) == (3.0, True)
    assert (low.level, low.above) == (0.5, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A", "write one of"),
        ("A high", "it has no time"),
        ("A high in 5:2", "begin at a time >= 0 and end at a later one"),
        ("A high in -1:2", "begin at a time >= 0"),
        ("A high in a:2", "'a' is not a number"),
        ("A high in nan:2", "begin at a time >= 0"),
        ("A > -1 in 0:2", "must not be negative"),
        ("A > x in 0:2", "'x' is not a number"),
        ("A = 1 at 0", "end at a later one"),
        ("A, B = 1 at 2", "one goal for each species"),
        ("A, A oscillate period 1 amplitude 0.1", "named twice"),
        ("A, B oscillate period 1", "a period and an amplitude"),
        ("A, B oscillate period 0 amplitude 0.1", "period = 0"),
        ("A, B oscillate period 4 amplitude 0.6", "above the mean 0.5"),
        ("A, B oscillate period 4 amplitude 0.1 in 0:3", "longer than the window"),
        ("A = 2*( at 3", "expected"),
    ],
)
def test_goals_that_cannot_be_read_are_refused(text: str, reason: str) -> None:
    with pytest.raises(NeuralCRNError, match=r"(?s).*" + reason.replace("*", r"\*")):
        parse_goal(text)


def test_every_form_is_read() -> None:
    numbers = {"P": "10", "X": "0.1", "T": "5", "FROM": "2", "TO": "12", "FORMULA": "exp(-t)"}
    for form in FORMS:
        words = form.replace(":", " : ").split()
        assert parse_goal(" ".join(numbers.get(word, word) for word in words)).goal.species[0] == "A"


@pytest.mark.parametrize(
    ("goals", "options", "reason"),
    [
        (("A high in 2:5", "A low in 4:8"), {}, "contradict each other: at the time 4"),
        (("A = 0.5 at 3", "A high in 2:5"), {}, "contradict each other"),
        (("A = 0.5 at 3", "A = 0.4 at 3"), {}, "contradict each other"),
        (("A high in 2:5", "B high in 4:8"), {}, "at least 1.2 of all species together.*total of 1"),
        (("A low in 2:5", "B low in 2:5"), {}, "at most 0.2 of all species together"),
        (("A = 1.5 at 3",), {}, "at least 1.5"),
        (("B high in 0:5",), {}, "B is 0 initially"),
        (("A = t - 3 in 1:5",), {}, "would be -2 at the time 1"),
        (("A = 1/(t - 3) in 1:5",), {}, "no finite value|negative"),
        (("B high in 1:5",), {"initial": ()}, "nothing is present initially"),
        (("B > 0.6 in 1:5",), {"initial": (("A", -1.0),)}, "initial value of A is -1"),
        (("B high in 1:5",), {"inputs": (("A", (1.0, -2.0)),)}, "initial value of A is -2"),
        (("B high in 1:5",), {"chambers": 0}, "chambers = 0"),
        ((), {}, "no goals"),
        (("A high in 1:5",), {"species": (*(f"S{i}" for i in range(12)), "A")}, "candidates: at most"),
    ],
)
def test_impossible_and_contradictory_goals_are_refused(
    goals: tuple[str, ...], options: dict[str, object], reason: str
) -> None:
    with pytest.raises(InvalidValueError, match=reason):
        make_problem(
            DesignSpec(**{"goals": goals, "species": ("A", "B"), "initial": (("A", 1.0),), **options})
        )


@pytest.mark.parametrize(
    ("goals", "options"),
    [
        (("Q high in 2:5",), {}),
        (("A high in 2:5",), {"initial": (("A", 1.0), ("Q", 1.0))}),
        (("A high in 2:5",), {"family": "conservin"}),
        (("A = 2*Q at 5",), {}),
        (("A high in 2:5",), {"chambers": 2}),
    ],
)
def test_unknown_names_are_refused(goals: tuple[str, ...], options: dict[str, object]) -> None:
    with pytest.raises(UnknownNameError):
        make_problem(
            DesignSpec(**{"goals": goals, "species": ("A", "B"), "initial": (("A", 1.0),), **options})
        )


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_families_are_complete_and_without_repetition(count: int) -> None:
    names = "ABCDE"[:count]
    pairs = count * (count + 1) // 2
    for family, sides in ((conserving, pairs), (elementary, pairs + count + 1)):
        reactions = family(names)
        assert len(reactions) == len(set(reactions)) == sides * (sides - 1)
        assert max(side.order for one in reactions for side in (one.reactants, one.products)) == 2
    assert all(sum(one.net_change.values()) == 0 for one in conserving(names))


def test_cycles_of_a_decaying_cosine() -> None:
    times = np.linspace(0.0, 100.0, 20_001)
    rate, period = 0.01, 7.0
    cycles = measure_cycles(times, 1.0 + 0.3 * np.exp(-rate * times) * np.cos(2 * np.pi * times / period))
    assert cycles.period == pytest.approx(period, rel=1e-3)
    assert cycles.growth == pytest.approx(np.exp(-rate * period) - 1.0, rel=1e-2)


def test_a_constant_has_no_cycles() -> None:
    assert len(measure_cycles(np.arange(10.0), np.full(10, 0.3)).periods) == 0
