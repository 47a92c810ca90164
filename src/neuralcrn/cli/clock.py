"""``neuralcrn clock``: what a chemical clock is like, measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import ForceOption, JsonOption, check_outputs, doing, print_json


def clock(
    name: Annotated[
        str | None, typer.Argument(help="A clock; without a name, all are listed.", show_default=False)
    ] = None,
    cycles: Annotated[int, typer.Option(min=2, max=100_000, help="Length of the long run.")] = 1000,
    plot: Annotated[Path | None, typer.Option(help="Draw the report into this PNG, SVG or PDF file.")] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Measure a clock by simulation: is it steady, are its phases apart, what does it bear?

    A clock is a network whose species take turns; a phase of an autonomous pot runs while its gate, one
    species or the product of two, is present. The report shows the period and the integral of every gate
    over many cycles (the integral is how much a phase does, so its drift is an error of gain), what two
    phases share (feedback must not begin before its error is final), and what changes if one rate constant
    is wrong, or if a load binds one species. Start with `neuralcrn clock restored-5`, then compare `ring-5`
    and `crn++`.
    """
    from neuralcrn.compiler.pot.clocks import find_clock
    from neuralcrn.plots import save
    from neuralcrn.studies.clock import clock_figure, report_clock

    if name is None:
        _list(json)
        return
    check_outputs(force, plot)
    chosen = find_clock(name)
    with doing(f"Simulating {cycles:,} cycles, wrong rates and loads"):
        report = report_clock(chosen, cycles=cycles)
    if plot is not None:
        save(clock_figure(chosen, report), plot)
    if json:
        print_json(report.to_json())
    else:
        typer.echo(str(report))


def _list(json: bool) -> None:
    from neuralcrn.compiler.pot.clocks import CLOCKS, DEFAULT_CLOCK

    if json:
        print_json({name: {"summary": entry.summary} for name, entry in CLOCKS.items()})
        return
    typer.echo("Clocks (neuralcrn clock NAME)")
    for name, entry in CLOCKS.items():
        counts = entry.network.counts
        default = " [default]" if name == DEFAULT_CLOCK else ""
        typer.echo(f"  {name:16}{counts.species:>2} species, {counts.reactions:>2} reactions{default}")
        typer.echo(f"  {'':16}{entry.summary}")
