"""`simulate` against closed forms, and what it refuses or reports."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.engines import Outcome, Solver, Trajectory, simulate, simulate_stochastic
from neuralcrn.errors import InvalidValueError

Values = NDArray[np.float64]
DECAY = parse_network("A -> B [k = 2]\nA @initial 3")
EXPLOSION = Network.of(
    parse_network("2A -> 3A [k = 0.5]").reactions, {"A": 4.0, "B": 1.0}
)  # A' = k A^2, pole at 1/(k A0)
ROBER = parse_network("A -> B [k = 0.04]\n2B -> B + C [k = 3e7]\nB + C -> A + C [k = 1e4]\nA @initial 1")

CLOSED_FORMS: dict[str, tuple[str, str, Callable[[Values], Values]]] = {
    "decay": ("A -> B [k = 2]\nA @initial 3", "A", lambda t: 3.0 * np.exp(-2.0 * t)),
    "product of decay": ("A -> B [k = 2]\nA @initial 3", "B", lambda t: -3.0 * np.expm1(-2.0 * t)),
    "reversible": (
        "A <-> B [kf = 2, kr = 0.5]\nA @initial 1",
        "A",
        lambda t: 0.2 + 0.8 * np.exp(-2.5 * t),
    ),
    "dimerisation takes two": (
        "2A -> B [k = 1.5]\nA @initial 2",
        "A",
        lambda t: 2.0 / (1.0 + 2.0 * 1.5 * 2.0 * t),
    ),
    "association": (
        "A + B -> C [k = 1]\nA @initial 2\nB @initial 1",
        "B",
        lambda t: 1.0 / (2.0 * np.exp(t) - 1.0),
    ),
    "third order": ("3A -> 2A [k = 2]\nA @initial 3", "A", lambda t: 3.0 / np.sqrt(1.0 + 4.0 * 9.0 * t)),
    "inflow and outflow": ("0 -> A [k = 3]\nA -> 0 [k = 2]", "A", lambda t: -1.5 * np.expm1(-2.0 * t)),
    "inflow alone": ("0 -> A [k = 3]\nA @initial 1", "A", lambda t: 1.0 + 3.0 * t),
    "logistic": (
        "A -> 2A [k = 3]\n2A -> A [k = 1.5]\nA @initial 0.1",
        "A",
        lambda t: 2.0 / (1.0 + 19.0 * np.exp(-3.0 * t)),
    ),
    "catalyst": ("E + A -> E + B [k = 4]\nE @initial 0.5\nA @initial 1", "A", lambda t: np.exp(-2.0 * t)),
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_forms_are_met_at_every_time(name: str) -> None:
    text, species, solution = CLOSED_FORMS[name]
    result = simulate(parse_network(text), 4.0, rtol=1e-9, atol=1e-13)
    assert result.outcome == Outcome.SUCCESS
    np.testing.assert_allclose(result[species], solution(result.times), rtol=2e-7, atol=1e-10)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_error_follows_the_tolerance(name: str) -> None:
    text, species, solution = CLOSED_FORMS[name]
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):
        result = simulate(parse_network(text), 4.0, rtol=rtol, atol=1e-14)
        exact = solution(result.times)
        assert np.abs(result[species] - exact).max() < 100.0 * rtol * np.abs(exact).max(), rtol


def test_stiff_reversible_pair_relaxes_to_its_slow_solution() -> None:
    """With A <-> B fast, B -> C drains the pair at half its rate."""
    network = parse_network("A <-> B [kf = 1e8, kr = 1e8]\nB -> C [k = 1]\nA @initial 1")
    result = simulate(network, 3.0, rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(result["C"][1:], -np.expm1(-0.5 * result.times[1:]), rtol=1e-6, atol=1e-8)
    assert result.steps < 300


def test_lotka_orbits_keep_their_invariant() -> None:
    """X' = X - XY, Y' = XY - Y: H = X + Y - ln X - ln Y is constant."""
    network = parse_network("X -> 2X\nX + Y -> 2Y\nY -> 0\nX @initial 2\nY @initial 0.5")
    result = simulate(network, 60.0, rtol=1e-10, atol=1e-13)
    invariant = result["X"] + result["Y"] - np.log(result["X"]) - np.log(result["Y"])
    assert np.ptp(invariant) < 1e-6
    assert np.ptp(result["X"]) > 1.0


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
def test_conserved_sum_of_rober_holds_to_1e11(rtol: float) -> None:
    result = simulate(ROBER, 1e11, np.logspace(-5, 11, 60), rtol=rtol)
    assert result.outcome == Outcome.SUCCESS
    assert np.abs(result.values.sum(axis=1) - 1.0).max() <= 1e-10
    assert result.values.min() >= -1e-12


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
def test_explosion_is_reported_at_its_pole(rtol: float) -> None:
    result = simulate(EXPLOSION, 2.0, rtol=rtol)
    assert result.outcome == Outcome.BLOW_UP
    assert result.end == pytest.approx(0.5, rel=0.01)
    assert np.isfinite(result.values).all()
    assert result.times[-1] <= result.end
    early = result.times < 0.45
    exact = 4.0 / (1.0 - 2.0 * result.times[early])
    np.testing.assert_allclose(result["A"][early], exact, rtol=100.0 * rtol)


@pytest.mark.parametrize(("rate", "start"), [(1e-3, 1.0), (1.0, 1e-6), (1e6, 10.0), (1.0, 1e6)])
def test_poles_of_all_sizes_are_found(rate: float, start: float) -> None:
    network = parse_network(f"2A -> 3A [k = {rate!r}]\nA @initial {start!r}")
    pole = 1.0 / (rate * start)
    result = simulate(network, 3.0 * pole)
    assert result.outcome == Outcome.BLOW_UP
    assert result.end == pytest.approx(pole, rel=0.01)
    assert np.isfinite(result.values).all()


def test_fast_growth_is_no_explosion() -> None:
    result = simulate(parse_network("A -> 2A [k = 1]\nA @initial 1"), 100.0, rtol=1e-8)
    assert result.outcome == Outcome.SUCCESS
    assert result["A"][-1] == pytest.approx(math.exp(100.0), rel=1e-4)


@pytest.mark.parametrize(
    "network", [DECAY, ROBER, parse_network("X -> 2X\nX + Y -> 2Y\nY -> 0\nX @initial 2\nY @initial 0.5")]
)
def test_output_times_do_not_change_a_bit(network: Network) -> None:
    fine = np.linspace(0.0, 7.0, 1001)
    reference = simulate(network, 7.0, fine)
    for chosen in ([1000], range(100, 1001, 100), range(3, 1001, 7)):
        places = list(chosen)
        result = simulate(network, 7.0, fine[places])
        assert np.array_equal(result.values, reference.values[places])
        assert result.steps == reference.steps


def test_recorded_times_are_those_asked_for() -> None:
    times = [0.0, 0.1, 0.35, 1.0]
    result = simulate(DECAY, 1.0, times)
    assert result.times.tolist() == times
    assert result.values.shape == (4, 2)
    assert result.values[0].tolist() == [3.0, 0.0]
    assert simulate(DECAY, 1.0).times.tolist() == np.linspace(0.0, 1.0, 101).tolist()


@pytest.mark.filterwarnings("ignore:.* is in no reaction")
def test_species_that_no_reaction_touches_stay_what_they_are() -> None:
    network = parse_network("A -> B\nA @initial 1\nD @initial 2.5")
    result = simulate(network, 1.0)
    assert set(result["D"]) == {2.5}
    idle = simulate(parse_network("A -> A\nA @initial 1"), 1.0)
    assert idle.outcome == Outcome.SUCCESS
    assert set(idle["A"]) == {1.0}


def test_step_limit_stops_the_run_where_it_is() -> None:
    free = simulate(ROBER, 1e6)
    result = simulate(ROBER, 1e6, max_steps=20)
    assert free.steps > 20
    assert (result.outcome, result.steps) == (Outcome.MAX_STEPS, 20)
    assert 0.0 < result.end < 1e6
    assert result.times.max() <= result.end
    assert np.isfinite(result.values).all()
    assert "max_steps" in result.outcome.advice


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"t_end": 0.0}, "t_end"),
        ({"t_end": -1.0}, "t_end"),
        ({"t_end": math.inf}, "t_end"),
        ({"t_end": math.nan}, "t_end"),
        ({"rtol": 0.0}, "rtol"),
        ({"rtol": math.nan}, "rtol"),
        ({"rtol": 1.0}, "rtol"),
        ({"atol": 0.0}, "atol"),
        ({"atol": -1.0}, "atol"),
        ({"atol": math.nan}, "atol"),
        ({"max_steps": 0}, "max_steps"),
        ({"times": []}, "times"),
        ({"times": [0.5, 0.5]}, "times"),
        ({"times": [0.5, 0.2]}, "times"),
        ({"times": [0.5, math.nan]}, "times"),
        ({"times": [-0.1, 0.5]}, "times"),
        ({"times": [0.5, 1.5]}, "times"),
        ({"times": [[0.5]]}, "times"),
        ({"times": [math.nan]}, "times"),
    ],
)
def test_refusals_name_what_is_wrong(options: dict[str, float], word: str) -> None:
    with pytest.raises(InvalidValueError, match=word):
        simulate(DECAY, **{"t_end": 1.0, **options})


def test_no_two_columns_of_a_table_have_the_same_heading() -> None:
    network = parse_network("time -> run [k = 1]\ntime @initial 2")
    one, many = io.StringIO(), io.StringIO()
    simulate(network, 1.0).write_csv(one)
    simulate_stochastic(network, 1.0, volume=1.0, keep_runs=True).write_runs_csv(many)
    assert one.getvalue().splitlines()[0] == "time,time_concentration,run"
    assert many.getvalue().splitlines()[0] == "run,time,time_molecules,run_molecules"


@pytest.mark.filterwarnings("ignore:.* is in no reaction")
def test_trajectory_gives_species_rails_and_csv() -> None:
    network = parse_network("v_p -> 0\nv_p @initial 2\nv_n @initial 0.5")
    result = simulate(network, 1.0, [0.0, 1.0])
    np.testing.assert_array_equal(result.signed("v"), result["v_p"] - result["v_n"])
    stream = io.StringIO()
    result.write_csv(stream)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "time,v_p,v_n"
    assert [float(cell) for cell in lines[2].split(",")] == [1.0, *result.values[1]]
    with pytest.raises(InvalidValueError, match="w_p"):
        result["w_p"]
    with pytest.raises(InvalidValueError, match="q"):
        result.signed("q")


def test_tables_hold_every_species_at_its_time() -> None:
    result = simulate(EXPLOSION, 0.2, [0.0, 0.1, 0.2])
    frame, array = result.to_pandas(), result.to_xarray()
    assert list(frame.columns) == ["A", "B"]
    assert frame.index.name == "time"
    for position, time in enumerate([0.0, 0.1, 0.2]):
        assert frame.loc[time, "A"] == result["A"][position]
        assert float(array.sel(time=time, species="B")) == result["B"][position]


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6, 1e12])
def test_huge_and_tiny_concentrations_scale_alike(size: float) -> None:
    """A second-order decay scales with its unit, if its rate and the absolute tolerance do."""

    def shape(unit: float) -> Trajectory:
        text = f"2A -> B [k = {1.0 / unit!r}]\nA @initial {unit!r}"
        return simulate(parse_network(text), 3.0, atol=1e-12 * unit)

    np.testing.assert_allclose(shape(size).values / size, shape(1.0).values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("amount", [1e2, 1e4, 1e6])
@pytest.mark.parametrize("atol", [1e-12, 1e-8])
def test_small_species_that_is_annihilated_quickly_costs_few_steps(amount: float, atol: float) -> None:
    """What an update phase does: N grows, and the little P that is there decays ever faster.

    The rate of that decay, 100 N, must be seen as stiffness although P is small beside N.
    """
    network = parse_network(f"G -> N [k = 1]\nP + N -> 0 [k = 100]\nG @initial {amount!r}\nP @initial 0.4")
    result = simulate(network, 10.0, [10.0], atol=atol, max_steps=5000)
    assert result.outcome == Outcome.SUCCESS
    assert result["N"][-1] == pytest.approx(-amount * math.expm1(-10.0) - 0.4, rel=1e-5)


def test_the_final_state_is_that_at_the_end_even_where_an_event_ends_the_run() -> None:
    event = simulate(DECAY, 5.0, [5.0], until=("B", 1.0), rtol=1e-9)
    assert event.end == pytest.approx(math.log(1.5) / 2.0, rel=1e-5)
    np.testing.assert_allclose(event.final, [2.0, 1.0], rtol=2e-6)
    assert len(event.times) == 0
    whole = simulate(DECAY, 1.0, [0.5, 1.0])
    np.testing.assert_allclose(whole.final, whole.values[-1], rtol=1e-14)


def test_runs_of_a_solver_follow_one_another() -> None:
    solver = Solver.of(ROBER, rtol=1e-9)
    first = solver.run(10.0)
    second = solver.run(30.0, [0.0, 30.0], start=first.final)
    np.testing.assert_array_equal(second.values[0], first.final)
    np.testing.assert_allclose(second.final, simulate(ROBER, 40.0, rtol=1e-9).final, rtol=1e-7)
    np.testing.assert_array_equal(solver.run(10.0).final, first.final)
    for start in ([1.0], [1.0, math.nan, 0.0]):
        with pytest.raises(InvalidValueError, match="3 finite concentrations"):
            solver.run(1.0, start=np.array(start))
