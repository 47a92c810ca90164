"""The clock report finds what mathematics says about each kind of clock, and refuses unfit ones."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from neuralcrn.circuits import make_circuit
from neuralcrn.compiler.pot.clocks import CLOCKS, Clock
from neuralcrn.engines import Outcome
from neuralcrn.errors import CompileError, InvalidValueError
from neuralcrn.studies.clock import (
    ClockReport,
    check_clock,
    measured_overlap,
    report_clock,
    tolerated_overlap,
)
from neuralcrn.studies.clock.cycles import follow, pairs_of, sample_cycles, total_of
from neuralcrn.studies.clock.responses import FACTORS, LOADS, RESPONSE_CYCLES


@pytest.fixture(scope="module")
def restored() -> ClockReport:
    return report_clock(CLOCKS.find("restored-5"), cycles=100)


@pytest.fixture(scope="module")
def leaky() -> ClockReport:
    return report_clock(CLOCKS.find("ring-5"), cycles=60)


@pytest.fixture(scope="module")
def even() -> ClockReport:
    return report_clock(CLOCKS.find("crn++"), cycles=50)


def halted(clock: Clock) -> Clock:
    """Return a clock without the reaction that begins the third turn."""
    reactions = clock.network.reactions[:1] + clock.network.reactions[2:]
    return dataclasses.replace(clock, network=dataclasses.replace(clock.network, reactions=reactions))


def test_a_restored_ring_is_steady(restored: ClockReport) -> None:
    clock = CLOCKS.find("restored-5")
    assert restored.cycles == restored.asked == len(restored.periods) == 100
    assert restored.period.mean == pytest.approx(clock.period, rel=1e-6)
    assert abs(restored.period.drift) < 1e-6
    assert restored.period.jitter < 1e-6
    for gate in restored.gates:
        assert gate.integral.last == pytest.approx(clock.gates[gate.phase].integral, rel=1e-6)
        assert gate.integral.jitter < 1e-4


def test_numbers_of_a_hand_over_are_those_of_the_logistic_equation(restored: ClockReport) -> None:
    """While one species hands over to its neighbour, x' = x (T - x), so x = T / (1 + exp(-T t)).

    Then the integral of x (T - x) over all times is T; what x is below a fraction c of T amounts to c T / T
    on either side; and the product of two gates that are not neighbours stays near the floor.
    """
    total, turn = restored.total, restored.period.mean / 5
    assert restored.gate("clearing").integral.mean == pytest.approx(total, rel=1e-4)
    assert restored.gate("clearing").peak == pytest.approx(total**2 / 4, rel=0.01)
    neighbours = restored.overlap("turn 2", "turn 3")
    assert neighbours.peak == pytest.approx(0.25, rel=0.01)
    assert neighbours.shared == pytest.approx(1.0 / (total * turn), rel=1e-4)
    assert restored.gate("turn 1").leak == pytest.approx(2e-3 / (total * turn), rel=0.05)
    apart = restored.overlap("turn 1", "turn 2")
    assert 0.0 < apart.peak < 1e-8
    assert 0.0 < apart.shared < 1e-8


def test_a_restored_ring_bears_every_wrong_rate_and_every_load(restored: ClockReport) -> None:
    rates = len(CLOCKS.find("restored-5").network.reactions) - 5  # all but the leaks
    assert len(restored.rates) == rates * len(FACTORS)
    assert len(restored.loads) == 4 * len(LOADS)
    for response in (*restored.rates, *restored.loads):
        assert response.runs
        assert response.cycles == RESPONSE_CYCLES
        assert response.jitter is not None
        assert response.jitter < 1e-9
    slow = [response for response in restored.rates if response.size == 0.5]
    assert 0.1 < max(response.period or 0.0 for response in slow) < 0.25


def test_the_clear_gate_scales_with_the_rate_of_its_hand_over(restored: ClockReport) -> None:
    """The integral of C4 C5 is T / k: nothing else consumes C4 while C5 takes over."""
    place = [gate.phase for gate in restored.gates].index("clearing")
    for response in restored.rates:
        if response.what == "C4 + C5 -> 2 C5":
            assert response.gates is not None
            assert response.gates[place] == pytest.approx(1.0 / response.size - 1.0, abs=1e-3)


def test_a_leaky_ring_shortens_for_ever(leaky: ClockReport) -> None:
    assert (np.diff(leaky.periods) < 0.0).all()
    assert leaky.period.drift < -0.2
    assert leaky.gate("turn 1").integral.drift < -0.2
    assert leaky.overlap("turn 1", "turn 2").shared < 1e-6
    assert not any(response.runs for response in leaky.loads)


def test_an_even_ring_bears_no_wrong_rate(even: ClockReport) -> None:
    """Its alternate products of rates must match; one rate at half, or even nine tenths, distorts it."""
    assert even.cycles == 50
    assert len(even.rates) == 6 * len(FACTORS)
    assert not any(response.runs for response in even.rates)
    stopped = [response for response in even.rates if response.size == 0.5]
    assert all(response.cycles < RESPONSE_CYCLES and response.period is None for response in stopped)
    assert 0.004 < even.period.jitter < 0.006  # its turns alternate between 71.85 and 72.54


def test_two_equal_rates_of_opposite_parity_save_an_even_ring() -> None:
    clock = CLOCKS.find("crn++")
    reactions = list(clock.network.reactions)
    for place in (2, 3):
        reactions[place] = dataclasses.replace(reactions[place], rate=0.5)
    network = dataclasses.replace(clock.network, reactions=tuple(reactions))
    cycles = follow(clock, RESPONSE_CYCLES, network)
    assert cycles.count == RESPONSE_CYCLES
    assert np.ptp(cycles.periods[::2]) < 1e-5 * clock.period


def test_phases_of_three_species_overlap() -> None:
    colours, ring = CLOCKS.find("red-green-blue"), CLOCKS.find("ring-3")
    assert measured_overlap(colours) == pytest.approx(0.06783, rel=1e-3)
    assert measured_overlap(ring) == pytest.approx(1.0 / 18.0, rel=0.1)
    sample = sample_cycles(colours)
    both = (sample["C_R"] * sample["C_G"]).max() / total_of(colours) ** 2
    assert both == pytest.approx(0.24, abs=0.01)


def test_integrals_are_those_of_the_sampled_species() -> None:
    clock = CLOCKS.find("red-green-blue")
    cycles = follow(clock, 1, pairs=True)
    sample = sample_cycles(clock, cycles=1, points=20_000)
    red, green, blue = sample["C_R"], sample["C_G"], sample["C_B"]
    np.testing.assert_allclose(cycles.integrals[0, 0], np.trapezoid(red, sample.times), rtol=1e-4)
    np.testing.assert_allclose(cycles.integrals[0, 3], np.trapezoid(green * blue, sample.times), rtol=1e-4)
    pair = pairs_of(clock).index(("turn 1", "turn 2"))
    np.testing.assert_allclose(
        cycles.shared[0, pair], np.trapezoid(red * green, sample.times) / 400.0, rtol=1e-4
    )


def test_a_clock_that_stops_is_counted_and_refused() -> None:
    clock = halted(CLOCKS.find("ring-5"))
    cycles = follow(clock, 5)
    assert cycles.count == 0
    assert cycles.outcome == Outcome.NO_EVENT
    assert cycles.integrals.shape == (0, 4)
    with pytest.raises(CompileError, match="does not run for two cycles"):
        report_clock(clock)
    with pytest.raises(CompileError, match="stopped after 0 cycles: choose"):
        check_clock(clock, 1e-3)


def test_unfit_clocks_are_refused_with_advice() -> None:
    check_clock(CLOCKS.find("restored-5"), 1e-6)
    check_clock(CLOCKS.find("red-green-blue"), 0.1)
    with pytest.raises(CompileError, match=r"of the first turn overlaps .* choose a clock with more species"):
        check_clock(CLOCKS.find("red-green-blue"), 1e-3)
    with pytest.raises(CompileError, match=r"ring-5: the integral of a phase changes by \d+% in 200 cycles"):
        check_clock(CLOCKS.find("ring-5"), 1e-3, cycles=200)
    for tolerance in (-1.0, 2.0, math.nan):
        with pytest.raises(InvalidValueError, match="an overlap lies within 0 and 1"):
            check_clock(CLOCKS.find("ring-3"), tolerance)


def test_overlap_is_tolerated_where_nothing_moves_in_the_feedback_phase() -> None:
    moving = ("quadratic", {}), ("mixing", {"hidden": 2, "rule": "frozen"})
    held = ("quadratic", {"rule": "first-order"}), ("linear", {}), ("minimal", {})
    assert {tolerated_overlap(make_circuit(name, **options)) for name, options in moving} == {1e-3}
    assert {tolerated_overlap(make_circuit(name, **options)) for name, options in held} == {0.1}


@pytest.mark.parametrize("cycles", [-1, 0, 1, 100_001])
def test_cycles_out_of_range_are_refused(cycles: int) -> None:
    with pytest.raises(InvalidValueError, match="within 2 and 100,000"):
        report_clock(CLOCKS.find("ring-3"), cycles=cycles)


def test_a_report_becomes_json_and_text(restored: ClockReport, even: ClockReport) -> None:
    data = json.loads(json.dumps(restored.to_json(), allow_nan=False))
    assert data["period"]["first"] == restored.period.first
    assert [gate["phase"] for gate in data["gates"]] == ["turn 1", "turn 2", "turn 3", "clearing"]
    assert data["rates"][0]["gates"] == list(restored.rates[0].gates or ())
    text = str(restored)
    assert text.startswith("clock restored-5: 5 species, 15 reactions, total 2; 100 cycles\n")
    assert "10 of 10" in text
    assert "STOPPED" not in text
    assert "0 of 6" in str(even)
    assert "fewest cycles" in str(even)
    assert max(map(len, (f"{text}\n{even}").splitlines())) <= 110
    assert "then it STOPPED (99 were requested)" in str(dataclasses.replace(even, asked=99))
