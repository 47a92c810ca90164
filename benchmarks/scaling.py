"""Cost of integrations and of whole training steps as functions of the size of a circuit.

    python benchmarks/scaling.py [--dimensions 3 10 30 100] [--json] [--plot FILE.png]

First the two long phases of the dense quadratic circuit, feedforward and feedback at T = 0.4, rtol 1e-6 and
atol 1e-8: at D = 10 compared with libRoadRunner, at D = 30 with SciPy's BDF with a sparse Jacobian. Then
microseconds per training step, with every phase simulated, for element-wise and dense circuits, with the
slope of its logarithm.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from neuralcrn.circuits import make_circuit
from neuralcrn.engines import Executable, Tolerances
from neuralcrn.engines.native.executor import NativeExecutable, NativeExecutor
from neuralcrn.engines.native.integrate import NO_WATCH, integrate
from neuralcrn.engines.native.simulate import simulate
from peers import RoadRunnerPeer

RTOL, ATOL = 1e-6, 1e-8
MAX_STEPS = 1_000_000


def prepared(dimension: int, name: str) -> NativeExecutable:
    """Return the program of a quadratic circuit with as many states as inputs."""
    program = make_circuit(name, dimension, hidden=dimension, horizon=0.4, learning_rate=0.01).compile()
    return NativeExecutor().prepare(program, Tolerances(RTOL, ATOL, MAX_STEPS))


def filled_pot(executable: Executable) -> np.ndarray:
    """Return a pot as it is before feedback: inputs, states, adjoints and small parameters."""
    rng = np.random.default_rng(0)
    circuit = executable.program.circuit
    pot = executable.new_pot(dict.fromkeys(circuit.trained_parameters, 0.5 / len(circuit.system.inputs)))
    for name, place in executable.positions.items():
        if name.startswith("x") or (name[0] in "za" and name.endswith("_p")):
            pot[place] = rng.uniform(0.5, 2.0)
    return pot


def best_of(action: Callable[[], Any], seconds: float = 1.0) -> float:
    """Return the shortest time of an action that is repeated for some seconds."""
    action()
    best, stop = np.inf, time.perf_counter() + seconds
    while time.perf_counter() < stop:
        begin = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - begin)
    return best


def solve_ours(executable: NativeExecutable, phase: int) -> Callable[[], np.ndarray]:
    """Return an action that solves one phase from the filled pot."""
    lowered, controls, pot = executable.lowered, executable.controls, filled_pot(executable)
    duration, scratch = executable.program.phases[phase].duration, np.zeros(lowered.scratch_size)
    none, nothing = np.empty(0), np.empty((0, 0))

    def action() -> np.ndarray:
        state = pot.copy()
        for system in range(lowered.blocks[phase], lowered.blocks[phase + 1]):
            integrate(
                lowered.systems.integers,
                lowered.systems.floats,
                lowered.starts[system],
                lowered.functions[system],
                state,
                duration,
                NO_WATCH,
                controls,
                scratch,
                none,
                nothing,
                None,
            )
        return state

    return action


def solve_roadrunner(executable: Executable, phase: int) -> Callable[[], np.ndarray]:
    """Return the same solve in libRoadRunner."""
    network = executable.program.phases[phase].network
    peer, pot = RoadRunnerPeer(network, list(executable.positions), RTOL, ATOL), filled_pot(executable)

    def action() -> np.ndarray:
        state = pot.copy()
        peer.run(state, executable.program.phases[phase].duration)
        return state

    return action


def solve_bdf(executable: Executable, phase: int) -> Callable[[], np.ndarray]:
    """Return the same solve by SciPy's BDF with a sparse analytic Jacobian over all species."""
    from scipy.integrate import solve_ivp
    from scipy.sparse import coo_array

    network, pot = executable.program.phases[phase].network, filled_pot(executable)
    position = executable.positions
    first, second, rates = [], [], []
    rows, columns, changes = [], [], []
    for r, reaction in enumerate(network.reactions):
        factors = [position[name] for name, count in reaction.reactants.terms for _ in range(count)]
        first.append(factors[0])
        second.append(factors[1] if len(factors) > 1 else len(pot))
        rates.append(reaction.rate)
        for name, change in reaction.net_change.items():
            rows.append(position[name])
            columns.append(r)
            changes.append(change)
    a, b, k = np.array(first), np.array(second), np.array(rates)
    stoichiometry = coo_array((changes, (rows, columns)), shape=(len(pot), len(k)), dtype=float).tocsr()
    which = np.arange(len(k))

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        full = np.append(y, 1.0)
        return stoichiometry @ (k * full[a] * full[b])

    def jacobian(_: float, y: np.ndarray) -> Any:
        full = np.append(y, 1.0)
        values = np.concatenate([k * full[b], k * full[a]])
        places = (np.concatenate([which, which]), np.concatenate([a, b]))
        fluxes = coo_array((values, places), shape=(len(k), len(pot) + 1)).tocsc()[:, : len(pot)]
        return (stoichiometry @ fluxes).tocsc()

    def action() -> np.ndarray:
        span = (0.0, executable.program.phases[phase].duration)
        return solve_ivp(slope, span, pot, method="BDF", rtol=RTOL, atol=ATOL, jac=jacobian).y[:, -1]

    return action


def compare(dimension: int, peer: str, make: Callable[..., Callable[[], np.ndarray]]) -> dict[str, Any]:
    """Time feedforward and feedback of the dense circuit against a peer."""
    executable = prepared(dimension, "quadratic-dense")
    names = [phase.name for phase in executable.program.phases]
    row: dict[str, Any] = {"dimension": dimension, "peer": peer}
    total = {"ours": 0.0, "theirs": 0.0}
    for name in ("feedforward", "feedback"):
        phase = names.index(name)
        exact = reference(executable, phase)
        for who, action in (("ours", solve_ours(executable, phase)), ("theirs", make(executable, phase))):
            row[f"{name}_{who}_us"] = 1e6 * best_of(action)
            row[f"{name}_{who}_error"] = float(np.max(np.abs(action() - exact)) / np.max(np.abs(exact)))
            total[who] += row[f"{name}_{who}_us"]
    return {**row, "ratio": total["theirs"] / total["ours"]}


def reference(executable: Executable, phase: int) -> np.ndarray:
    """Return the end of a phase at rtol 1e-11."""
    network, pot = executable.program.phases[phase].network, filled_pot(executable)
    initial = {name: float(pot[executable.positions[name]]) for name in network.species}
    duration = executable.program.phases[phase].duration
    result = simulate(network.with_initial(initial), duration, [duration], rtol=1e-11, atol=1e-14)
    for name in network.species:
        pot[executable.positions[name]] = result[name][-1]
    return pot


def step_cost(dimension: int, name: str) -> dict[str, Any]:
    """Return microseconds of one whole training step."""
    executable = prepared(dimension, name)
    count = max(5, 600 // dimension)
    features = np.random.default_rng(1).uniform(0.5, 2.0, (count, dimension))
    targets = features.mean(axis=1, keepdims=True)
    pot = executable.new_pot(dict.fromkeys(executable.program.circuit.trained_parameters, 0.1 / dimension))
    errors, times, order = np.zeros((count, 1)), np.zeros(count), np.arange(count)

    def action() -> None:
        executable.learn(pot.copy(), features, targets, order, errors, times, begun=0, part=1.0, limit=1e9)

    return {
        "circuit": name,
        "dimension": dimension,
        "reactions": executable.program.reaction_count,
        "us": 1e6 * best_of(action, 0.5) / count,
    }


def main() -> None:
    """Measure, print and plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dimensions", type=int, nargs="*", default=[3, 10, 30, 100])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot")
    options = parser.parse_args()
    peers = [
        compare(10, "libRoadRunner", solve_roadrunner),
        compare(30, "SciPy BDF, sparse Jacobian", solve_bdf),
    ]
    steps = [step_cost(d, name) for name in ("quadratic", "quadratic-dense") for d in options.dimensions]
    slopes = {
        name: slope_of([s for s in steps if s["circuit"] == name])
        for name in ("quadratic", "quadratic-dense")
    }
    if options.plot:
        draw(steps, options.plot)
    if options.json:
        print(json.dumps({"peers": peers, "steps": steps, "slopes": slopes}))
        return
    for row in peers:
        print(f"dense, D = {row['dimension']}, beside {row['peer']}: {row['ratio']:.0f} times faster")
        for name in ("feedforward", "feedback"):
            ours, theirs = row[f"{name}_ours_us"], row[f"{name}_theirs_us"]
            errors = f"errors {row[f'{name}_ours_error']:.0e} and {row[f'{name}_theirs_error']:.0e}"
            print(f"  {name:12} {ours:10.0f} us against {theirs:10.0f} us, {errors}")
    for row in steps:
        size = f"D = {row['dimension']:4} {row['reactions']:7} reactions"
        print(f"{row['circuit']:16} {size} {row['us']:10.0f} us a step")
    for name, slope in slopes.items():
        print(f"{name}: slope of log cost against log D {slope:.2f}")


def slope_of(rows: list[dict[str, Any]]) -> float:
    """Return the least-squares slope of log cost against log dimension."""
    return float(np.polyfit(np.log([r["dimension"] for r in rows]), np.log([r["us"] for r in rows]), 1)[0])


def draw(steps: list[dict[str, Any]], path: str) -> None:
    """Plot the cost of a step against the dimension."""
    from neuralcrn.plots import new_figure, save

    figure = new_figure()
    axes = figure.add_subplot()
    for name in ("quadratic", "quadratic-dense"):
        rows = [row for row in steps if row["circuit"] == name]
        axes.loglog([r["dimension"] for r in rows], [r["us"] for r in rows], "o-", label=name)
    axes.set_xlabel("dimension D")
    axes.set_ylabel("time of a training step (µs)")
    axes.legend(frameon=False)
    save(figure, path)


if __name__ == "__main__":
    main()
