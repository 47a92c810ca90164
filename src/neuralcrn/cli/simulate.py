"""``neuralcrn simulate``: any network in a format that is read, by concentrations or by molecules."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from neuralcrn.cli.output import (
    ForceOption,
    JsonOption,
    MethodOption,
    SeedOption,
    VolumeOption,
    check_outputs,
    console,
    give,
    print_json,
)
from neuralcrn.errors import InvalidValueError, SimulationError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuralcrn.chemistry import Network
    from neuralcrn.engines import Ensemble, Trajectory


def simulate(
    file: Annotated[
        Path,
        typer.Argument(help="A network: reaction text such as 'A + 2B -> C [k = 3]', JSON, SBML, Antimony."),
    ],
    t_end: Annotated[float, typer.Option(help="End of the run, in the time unit of the rate constants.")],
    steps: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Rows of the table after the first.")
    ] = 100,
    method: MethodOption = "ode",
    volume: VolumeOption = None,
    runs: Annotated[int | None, typer.Option(help="Stochastic runs. [default: 1]")] = None,
    seed: SeedOption = 0,
    all_runs: Annotated[bool, typer.Option("--all-runs", help="Every run, not mean and deviation.")] = False,
    rtol: Annotated[float, typer.Option(help="Relative tolerance of each step of ode.")] = 1e-6,
    atol: Annotated[float, typer.Option(help="Absolute tolerance of ode, a concentration.")] = 1e-12,
    out: Annotated[Path | None, typer.Option(help="Write the table to this CSV file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the species over time into this PNG file.")] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Simulate a network by mass action and print its species over time.

    The table begins `time,A,B,...` with all species in the order of the file, in concentrations. The
    stochastic methods count molecules, `--volume` per unit concentration, and print `A_mean,A_sd,...`
    over the runs; SBML and Antimony are then read as laws of counts, so that their volume is 1.
    """
    if not 0.0 < t_end < float("inf"):
        raise InvalidValueError(f"--t-end {t_end}: it must be positive and finite")
    check_outputs(force, out, plot)
    times = np.linspace(0.0, t_end, steps + 1)
    if method == "ode":
        _refuse_stochastic(volume=volume, runs=runs, all_runs=all_runs)
        trajectory = _integrate(file, times, rtol, atol)
        _give(trajectory, out, plot, json, _summary_of_trajectory(file, trajectory))
        _refuse_early_end(file, trajectory)
    else:
        ensemble = _count(file, times, method, volume, 1 if runs is None else runs, seed, all_runs)
        _give(ensemble, out, plot, json, _summary_of_ensemble(file, ensemble), every_run=all_runs)


def _integrate(file: Path, times: Any, rtol: float, atol: float) -> Trajectory:
    from neuralcrn.engines import simulate as integrate
    from neuralcrn.formats import read_network

    return integrate(read_network(file), float(times[-1]), times, rtol=rtol, atol=atol)


def _count(
    file: Path, times: Any, method: str, volume: float | None, runs: int, seed: int, all_runs: bool
) -> Ensemble:
    """Simulate molecules, with a bar."""
    from neuralcrn.engines import simulate_stochastic
    from neuralcrn.engines.ensemble import METHODS
    from neuralcrn.formats import read_network

    if method not in METHODS:
        raise UnknownNameError("method", method, ("ode", *METHODS))
    network = read_network(file, discrete=True)
    with _runs_bar(runs) as told:
        return simulate_stochastic(
            network,
            float(times[-1]),
            times,
            method=method,
            volume=_volume(file, network, volume),
            runs=runs,
            seed=seed,
            keep_runs=all_runs,
            progress=told,
        )


def _volume(file: Path, network: Network, volume: float | None) -> float:
    """Return the molecules per unit concentration; formats that write laws out are read as counts."""
    from neuralcrn.formats import find_format

    counts = find_format(file).name in ("sbml", "antimony")
    if counts and volume not in (None, 1.0):
        raise InvalidValueError(
            f"--volume {volume:g}: {file} is read in molecules, so its volume is 1: leave it out, "
            "or convert the file to reaction text first"
        )
    if volume is None and not counts:
        largest = max(network.initial, default=0.0)
        raise InvalidValueError(
            "--volume is needed: molecules per unit concentration; the largest initial concentration of "
            f"{file} is {largest:g}"
        )
    return 1.0 if volume is None else volume


def _refuse_stochastic(*, volume: float | None, runs: int | None, all_runs: bool) -> None:
    """Refuse what belongs to the stochastic methods."""
    given = {"--volume": volume is not None, "--runs": runs is not None, "--all-runs": all_runs}
    if named := [name for name, is_given in given.items() if is_given]:
        raise InvalidValueError(
            f"{', '.join(named)}: method ode has no molecules: choose --method ssa, tau or langevin"
        )


@contextmanager
def _runs_bar(runs: int) -> Generator[Callable[[int], None]]:
    """Show how many runs are done, where there is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("runs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        row = bar.add_task("runs", total=runs)
        yield lambda done: bar.update(row, completed=done)


def _give(
    result: Trajectory | Ensemble,
    out: Path | None,
    plot: Path | None,
    json: bool,
    summary: dict[str, Any],
    *,
    every_run: bool = False,
) -> None:
    """Write the table to a file or to standard output, the picture, and the summary."""
    from neuralcrn.engines import Ensemble

    stream = io.StringIO()
    if isinstance(result, Ensemble) and every_run:
        result.write_runs_csv(stream)
    else:
        result.write_csv(stream)
    if out is not None or not json:
        give(stream.getvalue(), out)
    if plot is not None:
        from neuralcrn.plots import save

        save(result.figure(), plot)
    if json:
        print_json(summary)


def _summary_of_trajectory(file: Path, result: Trajectory) -> dict[str, Any]:
    return {
        "file": str(file),
        "outcome": result.outcome.name.lower(),
        "end": result.end,
        "steps": result.steps,
        "final": dict(zip(result.species, result.values[-1].tolist(), strict=True)),
    }


def _summary_of_ensemble(file: Path, result: Ensemble) -> dict[str, Any]:
    return {
        "file": str(file),
        "method": result.method,
        "volume": result.volume,
        "runs": result.runs,
        "seed": result.seed,
        "steps": result.steps,
        "final_mean": dict(zip(result.species, result.mean[-1].tolist(), strict=True)),
        "final_sd": dict(zip(result.species, result.deviation[-1].tolist(), strict=True)),
    }


def _refuse_early_end(file: Path, result: Trajectory) -> None:
    from neuralcrn.engines.outcome import Outcome

    if result.outcome != Outcome.SUCCESS:
        raise SimulationError(f"{file}: stopped at time {result.end:.6g}: {result.outcome.advice}")
