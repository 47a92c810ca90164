"""Sensitivities in the table and summary of `neuralcrn simulate`."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from neuralcrn.app import Changes, Scan, SimulationOptions, Source, simulate
from neuralcrn.errors import InvalidValueError, NetworkError, UnknownNameError

DECAY = Source("decay.crn", text="A -> B [k = 2]\nA @initial 3")
NAMED = Source("named.crn", text="parameter k = 2\nA -> B [k = k]\nA @initial 3")
TANK = """
model tank
  compartment c = 2;
  substanceOnly species A in c, B in c;
  A = 6; B = 0;
  k1 = 2;
  J1: A -> B; k1*A;
end
"""


def columns(source: Source, changes: Changes | None = None, **options: object) -> dict[str, list[float]]:
    asked = SimulationOptions(t_end=1.0, steps=2, **options)  # pyright: ignore[reportArgumentType]
    heading, *rows = csv.reader(io.StringIO(simulate(source, asked, changes).csv()))
    return dict(zip(heading, np.array(rows, dtype=np.float64).T.tolist(), strict=True))


def test_columns_follow_those_of_the_species() -> None:
    table = columns(DECAY, sensitivities=("k1", "A_0"))
    names = ["d[A]/d[k1]", "d[B]/d[k1]", "d[A]/d[A_0]", "d[B]/d[A_0]"]
    assert list(table) == ["time", "A", "B", *names]
    times = np.array(table["time"])
    np.testing.assert_allclose(table["d[B]/d[k1]"], 3.0 * times * np.exp(-2.0 * times), rtol=1e-5)
    np.testing.assert_allclose(table["d[A]/d[A_0]"], np.exp(-2.0 * times), rtol=1e-5)


def test_only_species_of_the_table_are_differentiated_and_columns_remain() -> None:
    table = columns(NAMED, sensitivities=("k",), species=("B",), columns=("k",))
    assert list(table) == ["time", "B", "k", "d[B]/d[k]"]


def test_changed_values_and_scans_are_where_the_derivative_is_taken() -> None:
    table = columns(NAMED, Changes({"k": 0.5}), sensitivities=("k",))
    assert table["d[A]/d[k]"][-1] == pytest.approx(-3.0 * np.exp(-0.5), rel=1e-5)
    scan = columns(DECAY, Changes({"reaction_1.k": 1.0}, scan=Scan("A", (1.0, 4.0))), sensitivities=("k1",))
    assert [scan["d[A]/d[k1]"][i] for i in (2, 5)] == pytest.approx([-np.exp(-1.0), -4.0 * np.exp(-1.0)])


def test_parameters_of_formulas_are_not_rate_constants() -> None:
    """The only parameter has the name of the only rate constant, which is a multiple of it."""
    double = Source("double.crn", text="parameter k1 = 1\nA -> B [k = k1]\nA -> C [k = k1]\nA @initial 1")
    assert columns(double, sensitivities=("k1",))["d[A]/d[k1]"][-1] == pytest.approx(-2.0 * np.exp(-2.0))


def test_the_summary_has_the_last_values() -> None:
    made = simulate(DECAY, SimulationOptions(t_end=1.0, sensitivities=("k1",)))
    last = made.to_json()["final_sensitivities"]["k1"]
    assert last == {"A": pytest.approx(-3.0 * np.exp(-2.0)), "B": pytest.approx(3.0 * np.exp(-2.0))}
    assert "final_sensitivities" not in simulate(DECAY, SimulationOptions(t_end=1.0)).to_json()


def test_units_of_the_table_hold_for_derivatives() -> None:
    pytest.importorskip("antimony")
    tank = Source("tank.ant", text=TANK)
    amounts = columns(tank, sensitivities=("A_0", "k1"), units="amount")
    assert amounts["d[A_amount]/d[A_0]"][-1] == pytest.approx(np.exp(-2.0), rel=1e-5)
    concentrations = columns(tank, sensitivities=("A_0", "k1"))
    assert concentrations["d[A]/d[k1]"][-1] == pytest.approx(-3.0 * np.exp(-2.0), rel=1e-5)
    assert concentrations["d[A]/d[A_0]"][-1] == pytest.approx(0.5 * np.exp(-2.0), rel=1e-5)
    with pytest.raises(InvalidValueError, match="c: is the size of a compartment"):
        columns(tank, sensitivities=("c",))


def test_what_cannot_be_differentiated_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown parameter 'k1': did you mean 'k'"):
        columns(NAMED, sensitivities=("k1",))
    with pytest.raises(InvalidValueError, match="A: the file has no such parameter"):
        columns(NAMED, Changes(initial={"A": 2.0}), sensitivities=("k",))
    with pytest.raises(InvalidValueError, match="sensitivities: method ssa has none"):
        columns(DECAY, sensitivities=("k1",), method="ssa", volume=10.0)
    with pytest.raises(InvalidValueError, match="ask for fewer steps"):
        simulate(DECAY, SimulationOptions(t_end=1.0, steps=9_999_999, sensitivities=("k1",)))


def test_events_are_refused() -> None:
    pytest.importorskip("antimony")
    dosed = Source("dosed.ant", text=TANK.replace("end", "at time > 0.5: A = A + 1;\nend"))
    with pytest.raises(NetworkError, match="has events"):
        columns(dosed, sensitivities=("k1",))
