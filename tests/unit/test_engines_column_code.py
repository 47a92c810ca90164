"""Machine code for sensitivities: identical to the loops, and never used if it differs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.sensitive import NETWORKS, random_network

from neuralcrn.chemistry import ParametricNetwork, parse_network
from neuralcrn.engines import SensitivitySolver, Trajectory
from neuralcrn.engines.native import lane_code, specialise
from neuralcrn.engines.native.lane_code import LaneCode
from neuralcrn.engines.native.lanes import constant
from neuralcrn.engines.native.reduction import reduce_network
from neuralcrn.engines.native.specialise import MachineCode
from neuralcrn.engines.native.steps import (
    EXPLICIT_COLUMNS,
    EXPLICIT_TABLES,
    FOLD,
    ROSENBROCK_COLUMNS,
    ROSENBROCK_TABLES,
)
from neuralcrn.engines.native.writer import Writer
from neuralcrn.errors import NeuralCRNWarning

CASES = {
    **{name: (parse_network(text), t_end) for name, (text, t_end) in NETWORKS.items()},
    **{f"random {seed}": (random_network(seed), 3.0) for seed in range(6)},
}


def same(one: Trajectory, other: Trajectory) -> bool:
    assert one.sensitivities is not None
    assert other.sensitivities is not None
    return one.steps == other.steps and all(
        map(
            np.array_equal,
            (one.values, one.sensitivities.values, one.sensitivities.final),
            (other.values, other.sensitivities.values, other.sensitivities.final),
        )
    )


@pytest.mark.parametrize("controlled", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_the_same_with_machine_code(
    name: str, controlled: bool, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    """Both methods, from initial concentrations and from a dose, with a full block of columns and without."""
    network, t_end = CASES[name]
    parametric = ParametricNetwork.of(network)
    codes: dict[str, LaneCode] = {}
    monkeypatch.setattr(lane_code, "_codes", codes)
    price = [np.inf]
    monkeypatch.setattr(lane_code, "compilation_seconds", lambda _, **__: price[0])
    solvers = [
        SensitivitySolver.of(parametric, names, error_control=controlled)
        for names in (None, parametric.parameters[1:3])
    ]

    def runs() -> list[Trajectory]:
        found: list[Trajectory] = []
        for solver in solvers:
            first = solver.run({}, t_end, [0.3 * t_end, t_end])
            assert first.sensitivities is not None
            dosed, changes = first.final + 0.1 * network.initial[0], first.sensitivities.final
            found += [first, solver.run({}, t_end, start=dosed, start_sensitivities=changes)]
        return found

    loops = runs()
    (code,) = codes.values()
    assert not code.functions.any()
    price[0] = 0.0
    codes.clear()
    solvers[0].run({}, t_end)
    (code,) = codes.values()
    assert not code.functions.any(), "the first run only loads the kernels"
    solvers[0].run({}, t_end)
    assert np.flatnonzero(code.functions[0] == 0).tolist() == [FOLD]
    assert all(map(same, loops, runs()))
    assert not [warning for warning in recwarn if issubclass(warning.category, NeuralCRNWarning)]


@pytest.mark.parametrize(
    ("slot", "method"),
    [
        (EXPLICIT_TABLES, "explicit"),
        (EXPLICIT_COLUMNS, "explicit"),
        (ROSENBROCK_TABLES, "Rosenbrock"),
        (ROSENBROCK_COLUMNS, "Rosenbrock"),
    ],
)
def test_machine_code_that_differs_by_one_rounding_is_left_to_the_loops(
    slot: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number that is stored last has another last bit."""
    right = specialise.COLUMN_EMITTERS[slot]

    def wrong(write: Writer) -> None:
        last: list[Any] = []
        store = write.builder.store

        def noted(value: Any, place: Any) -> None:
            last[:] = value, place
            store(value, place)

        write.builder.store = noted
        right(write)
        store(write.builder.fmul(last[0], constant(last[0].type, 1.0 + 2.0**-52)), last[1])

    monkeypatch.setitem(specialise.COLUMN_EMITTERS, slot, wrong)
    reductions = [reduce_network(parse_network("A + B -> 2B [k = 0.3]\n2B -> C [k = 0.7]\nC -> B [k = 1]"))]
    with pytest.warns(NeuralCRNWarning, match=rf"machine code \(sensitivities of {method} steps\)"):
        code = MachineCode(reductions, columns=True)
    assert not code.addresses.any()
