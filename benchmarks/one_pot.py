"""Simulation speed of one pot with a chemical clock.

    python benchmarks/one_pot.py [--periods 20] [--json]

The autonomous pots of linear regression and of XOR, with parameters and one sample, are simulated for a
number of periods of their clock, without further doses, in our engine and in libRoadRunner, on the same
network. The error is the largest difference of any species at any of 16 times per period from a reference at
rtol 1e-11, relative to the largest concentration of that species; over many cycles it is mainly the phase of
the clock. First our tolerances of training are used, then for each engine the fastest tolerances below an
error limit; for the other engine always the fastest of many tolerances with the same accuracy. Times are
processor times.

For training results see ``neuralcrn reproduce one-pot``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.compiler.protocol import Dose
from neuralcrn.engines import default_tolerances
from neuralcrn.engines.native.executor import NativeExecutor
from neuralcrn.engines.native.integrate import NO_WATCH, integrate
from neuralcrn.engines.native.lowering import LoweredProgram, specialised
from neuralcrn.engines.outcome import Outcome
from neuralcrn.formats import write_sbml
from neuralcrn.learning import plan
from neuralcrn.learning.trainer import draw_parameters

REDUCED = "cubic-quadratic"
POTS = (("linear regression", "linear-regression", "linear"), ("XOR", "xor", REDUCED))
LIMITS = (1e-3, 1e-5)
OURS = [(rtol, 1e-3 * rtol) for rtol in np.logspace(-3.0, -9.0, 25)]
"""Our relative and absolute tolerances; the clock has its own absolute tolerance."""
PEER = [(rtol, atol) for rtol in np.logspace(-4.0, -11.0, 29) for atol in (1e-12, 1e-14)]
"""The same for the other engine: one absolute tolerance for all species, at most that needed by the clock."""
RECORDS = 16
Run = Callable[[float, float], tuple[float, NDArray[np.float64]]]
"""Relative and absolute tolerance to seconds and what was recorded, shape (times, core species)."""


def filled_pot(task: str, circuit: str) -> tuple[LoweredProgram, NDArray[np.float64]]:
    """Return the autonomous program of a task and what is in its pot: parameters and one sample."""
    spec = replace(plan(task, circuit), level="autonomous")
    data = spec.make_task()
    program = spec.make_program(data)
    executable = NativeExecutor().prepare(program)
    state = executable.new_pot(draw_parameters(program.circuit, spec.initializers_of(program.circuit), 0))
    sample = data.train.features[0], data.train.targets[0]
    doses = [step for step in program.training if isinstance(step, Dose)]
    executable.execute(doses, state, *sample, np.zeros(program.circuit.outputs))
    return specialised(executable.lowered), state


def our_run(lowered: LoweredProgram, start: NDArray[np.float64], times: NDArray[np.float64]) -> Run:
    """Return a run in our engine."""

    def run(rtol: float, atol: float) -> tuple[float, NDArray[np.float64]]:
        state, scratch = start.copy(), np.zeros(lowered.scratch_size)
        records = np.zeros((len(times), len(lowered.reductions[0].core)))
        controls, systems = lowered.controls(rtol, atol, 100_000_000), lowered.systems
        begin = time.thread_time()
        outcome, _, _ = integrate(
            systems.integers,
            systems.floats,
            lowered.starts[0],
            lowered.functions[0],
            state,
            float(times[-1]),
            NO_WATCH,
            controls,
            scratch,
            times,
            records,
            None,
        )
        seconds = time.thread_time() - begin
        if outcome != Outcome.SUCCESS:
            raise SystemExit(f"our engine at rtol {rtol:g}: {Outcome(outcome).advice}")
        return seconds, records

    return run


def roadrunner_run(lowered: LoweredProgram, start: NDArray[np.float64], times: NDArray[np.float64]) -> Run:
    """Return the same run in libRoadRunner."""
    import roadrunner

    network = lowered.program.phases[0].network
    filled = {name: float(start[lowered.positions[name]]) for name in network.species}
    runner = roadrunner.RoadRunner(write_sbml(network.with_initial(filled)))
    runner.integrator.maximum_num_steps = 1_000_000
    names = list(lowered.positions)
    runner.selections = ["time", *(f"[{names[i]}]" for i in lowered.reductions[0].core)]

    def run(rtol: float, atol: float) -> tuple[float, NDArray[np.float64]]:
        runner.reset()
        runner.integrator.relative_tolerance = rtol
        runner.integrator.absolute_tolerance = atol
        begin = time.thread_time()
        records = runner.simulate(times=[0.0, *times.tolist()])
        return time.thread_time() - begin, np.array(records)[1:, 1:]

    return run


def report_speed(periods: int) -> dict[str, Any]:
    """Measure every pot at every accuracy; the first ratio is that of the linear pot."""
    pots = [measure_pot(*pot, periods) for pot in POTS]
    return {"ratio": pots[0]["comparisons"][0]["ratio"], "periods": periods, "pots": pots}


def measure_pot(name: str, task: str, circuit: str, periods: int) -> dict[str, Any]:
    """Compare the engines on one pot."""
    lowered, start = filled_pot(task, circuit)
    duration = periods * lowered.program.phases[0].duration
    times = np.linspace(0.0, duration, periods * RECORDS + 1)[1:]
    ours, theirs = our_run(lowered, start, times), roadrunner_run(lowered, start, times)
    exact = ours(1e-11, 1e-15)[1]
    training = default_tolerances("autonomous")
    chosen = training.rtol, training.atol
    tried = {run: ladder(run, settings, exact) for run, settings in ((ours, OURS), (theirs, PEER))}
    reached = error(ours(*chosen)[1], exact)
    pairs = [(reached, chosen, fastest(tried[theirs], reached))]
    pairs += [(limit, fastest(tried[ours], limit), fastest(tried[theirs], limit)) for limit in LIMITS]
    comparisons: list[dict[str, Any]] = []
    for limit, own, other in pairs:
        rows = {
            "neuralcrn": timed(ours, own, exact, periods),
            "libRoadRunner": timed(theirs, other, exact, periods),
        }
        ratio = rows["neuralcrn"]["cycles_per_second"] / rows["libRoadRunner"]["cycles_per_second"]
        comparisons.append({"limit": limit, "ratio": ratio, "rows": rows})
    return {
        "name": name,
        "species": len(lowered.program.species),
        "reactions": lowered.program.reaction_count,
        "specialised": bool(lowered.functions.any()),
        "comparisons": comparisons,
    }


def ladder(
    run: Run, settings: Sequence[tuple[float, float]], exact: NDArray[np.float64]
) -> list[tuple[float, float, tuple[float, float]]]:
    """Return error, seconds and tolerances of a run at every setting."""
    rows: list[tuple[float, float, tuple[float, float]]] = []
    for setting in settings:
        runs = [run(*setting) for _ in range(3)]
        rows.append((error(runs[0][1], exact), min(seconds for seconds, _ in runs), setting))
    return rows


def fastest(rows: Sequence[tuple[float, float, tuple[float, float]]], limit: float) -> tuple[float, float]:
    """Return the tolerances of the fastest run whose error is within the limit."""
    return min((row for row in rows if row[0] <= limit), key=lambda row: row[1])[2]


def error(records: NDArray[np.float64], exact: NDArray[np.float64]) -> float:
    """Return the largest distance, each species in units of its largest concentration; see above."""
    scale = exact.max(axis=0)
    present = scale > 1e-9
    return float(np.max(np.abs(records - exact)[:, present] / scale[present]))


def timed(run: Run, setting: tuple[float, float], exact: NDArray[np.float64], periods: int) -> dict[str, Any]:
    """Return one row: the best of seven runs."""
    runs = [run(*setting) for _ in range(7)]
    return {
        "rtol": setting[0],
        "atol": setting[1],
        "error": error(runs[0][1], exact),
        "cycles_per_second": periods / min(seconds for seconds, _ in runs),
    }


def print_speed(result: dict[str, Any]) -> None:
    """Print a block for each pot."""
    for pot in result["pots"]:
        size = f"{pot['species']} species, {pot['reactions']} reactions"
        code = "machine code" if pot["specialised"] else "data-driven"
        print(f"{pot['name']}: {size}, {result['periods']} periods of the clock, ours {code}")
        for comparison in pot["comparisons"]:
            print(f"  errors up to {comparison['limit']:.1e}: {comparison['ratio']:.1f} times faster")
            for engine, row in comparison["rows"].items():
                print(f"    {engine:14} {row['cycles_per_second']:8.1f} cycles/s, ", end="")
                print(f"error {row['error']:.1e} at rtol {row['rtol']:.1e}, atol {row['atol']:.1e}")


def main() -> None:
    """Measure the speed, print the table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--periods", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = report_speed(options.periods)
    if options.json:
        print(json.dumps(result))
    else:
        print_speed(result)


if __name__ == "__main__":
    main()
