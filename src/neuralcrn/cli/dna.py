"""``neuralcrn dna``: a network, or a circuit, as DNA strand displacement."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuralcrn.cli.circuit_options import (
    CircuitOptions,
    SourceArgument,
    source_networks,
    takes_circuit_options,
)
from neuralcrn.cli.output import (
    FiguresOption,
    FromOption,
    ImageFormat,
    JsonOption,
    SeedOption,
    doing,
    print_json,
)
from neuralcrn.errors import InvalidValueError, SimulationError

if TYPE_CHECKING:
    from neuralcrn.chemistry import Network
    from neuralcrn.compiler import Circuit, DnaConditions, DnaNetwork
    from neuralcrn.studies.dna import DnaComparison, FuelUse

_SHOWN_FUELS = 10
_FAILED = "failed"
_ANNIHILATION = 5.0


@takes_circuit_options
def dna(
    source: SourceArgument,
    options: CircuitOptions,
    source_format: FromOption = None,
    unit_concentration: Annotated[float, typer.Option(help="A formal concentration of 1, in M.")] = 1e-8,
    unit_time: Annotated[
        float | None,
        typer.Option(
            help="A formal time of 1, in s; by default, so long that strands keep up with every reaction."
        ),
    ] = None,
    fuel: Annotated[float, typer.Option(help="Concentration of every fuel, in M.")] = 1e-5,
    q_max: Annotated[float, typer.Option(help="Fastest strand displacement, in 1 / (M s).")] = 1e6,
    buffers: Annotated[bool, typer.Option(help="Hold all signals back alike.")] = True,
    t_end: Annotated[
        float | None, typer.Option(help="Simulate both levels to this formal time: errors and fuels.")
    ] = None,
    verify: Annotated[
        float | None, typer.Option(help="Let crnverifier compare both levels, for so many seconds at most.")
    ] = None,
    annihilation: Annotated[
        float | None,
        typer.Option(
            help="Annihilation constant of a circuit: a fast one makes all slow. [default: 5]",
            rich_help_panel="Circuit",
        ),
    ] = None,
    seed: SeedOption = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write networks, strands and a figure to this folder.")
    ] = None,
    figures: FiguresOption = ImageFormat.PNG,
    json: JsonOption = False,
) -> None:
    """Compile a network into DNA strand displacement, by the four-domain scheme.

    Shows what it costs: species and reactions, how much slower it is, how much of each signal gates hold, and
    how long the fuels last. With --t-end both levels are simulated and compared. Of a staged circuit, every
    phase is compiled, and the fuels are those of one training step; of a pot, its one network is compiled
    (--autonomy gated or autonomous). The folder holds the DNA-level network (in formal units, and in M and
    s), its strands for Peppercorn (.pil), and the formal network for Nuskell.
    """
    if out is not None and os.path.lexists(out):
        raise InvalidValueError(f"{out}: is there already: give the name of a new folder")
    limits = {"unit_concentration": unit_concentration, "fuel": fuel, "q_max": q_max}
    constants = {"annihilation": _ANNIHILATION if annihilation is None else annihilation}
    networks = source_networks(source, options, source_format=source_format, constants=constants)
    comparison = None
    if "" in networks and annihilation is not None:
        raise InvalidValueError(f"{source}: is a file: give --annihilation with a circuit only")
    if "" in networks or options.autonomy != "staged":
        (network,) = networks.values()
        compiled, comparison = _of_network(network, limits, unit_time, buffers, t_end)
        uses = comparison.fuels if comparison else ()
    elif t_end is not None:
        raise InvalidValueError(
            f"--t-end {t_end:g}: {source} is a circuit, and its phases end by themselves: leave it out, or "
            "choose --autonomy autonomous"
        )
    else:
        circuit = options.make(str(source), **constants)
        with doing("Simulating one training step for its fuels"):
            compiled, uses = _of_circuit(circuit, limits, unit_time, buffers, seed)
    verdicts = _verdicts(compiled, verify)
    failures = [verdict for verdict in verdicts.values() if verdict.startswith(_FAILED)]
    if out is not None:
        _write(out, compiled, comparison, figures)
    if json:
        print_json(_as_json(compiled, comparison, uses, verdicts))
    else:
        typer.echo("\n".join(_lines(compiled, comparison, uses, verdicts)))
    if failures:
        raise SimulationError(f"--verify {failures[0]}; the rest of the report holds")


def _of_network(
    network: Network,
    limits: Mapping[str, float],
    unit_time: float | None,
    buffers: bool,
    t_end: float | None,
) -> tuple[dict[str, DnaNetwork], DnaComparison | None]:
    from neuralcrn.compiler import compile_dna
    from neuralcrn.studies.dna import compare_dna

    made = compile_dna(network, _conditions([network], limits, unit_time), buffers=buffers)
    if t_end is None:
        return {"": made}, None
    with doing("Simulating both levels"):
        return {"": made}, compare_dna(made, t_end)


def _of_circuit(
    circuit: Circuit, limits: Mapping[str, float], unit_time: float | None, buffers: bool, seed: int
) -> tuple[dict[str, DnaNetwork], tuple[FuelUse, ...]]:
    """Compile every phase, and measure the fuels of one training step with a random sample."""
    import numpy as np

    from neuralcrn.compiler.dna.program import dna_phases
    from neuralcrn.studies.dna import fuel_budget
    from neuralcrn.verify import draw_samples

    program = circuit.compile()
    conditions = _conditions([phase.network for phase in program.phases], limits, unit_time)
    compiled = dna_phases(program, conditions, buffers=buffers)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(seed))
    return compiled, fuel_budget(program, conditions, sample, buffers=buffers)


def _conditions(
    networks: Sequence[Network], limits: Mapping[str, float], unit_time: float | None
) -> DnaConditions:
    from neuralcrn.compiler import DnaConditions, suggest_conditions

    if unit_time is None:
        return suggest_conditions(*networks, **limits)
    return DnaConditions(unit_time=unit_time, **limits)


def _verdicts(compiled: Mapping[str, DnaNetwork], seconds: float | None) -> dict[str, str]:
    """Return what crnverifier finds of each network, or why it fails; nothing if it is not asked."""
    from neuralcrn.verify.dna import verify_dna

    verdicts: dict[str, str] = {}
    if seconds is None:
        return verdicts
    for name, made in compiled.items():
        try:
            with doing(f"Verifying {name or 'the network'}"):
                verdicts[name] = str(verify_dna(made, seconds=seconds))
        except SimulationError as error:
            verdicts[name] = f"{_FAILED}: {error}"
    return verdicts


def _lines(
    compiled: Mapping[str, DnaNetwork],
    comparison: DnaComparison | None,
    uses: Sequence[FuelUse],
    verdicts: Mapping[str, str],
) -> Iterator[str]:
    from neuralcrn.studies.dna.comparison import expected_error

    for name, made in compiled.items():
        yield from ([f"# {name}"] if name else [])
        yield str(made)
        yield from ([f"crnverifier: {verdicts[name]}"] if verdicts else [])
        yield ""
    if uses:
        expected = expected_error(compiled.values(), uses)
        yield f"expected error, with fuels as they are spent: about {expected:.2%}"
        yield ""
    if comparison is not None:
        yield "signal            error"
        yield from (f"{name:16}{error:>7.2%}" for name, error in comparison.errors.items())
        yield ""
    if uses:
        unit = "time" if comparison else "training steps"
        yield f"{'fuel':20}{'spent':>10}{'predicted':>11}   5 % after ({unit})"
        for use in uses[:_SHOWN_FUELS]:
            yield f"{use.fuel:20}{use.spent:>10.3%}{use.predicted:>11.3%}   {use.lasts:<12.6g}{use.reaction}"
        yield from ([f"and {len(uses) - _SHOWN_FUELS} more"] if len(uses) > _SHOWN_FUELS else [])


def _as_json(
    compiled: Mapping[str, DnaNetwork],
    comparison: DnaComparison | None,
    uses: Sequence[FuelUse],
    verdicts: Mapping[str, str],
) -> dict[str, Any]:
    from neuralcrn.studies.dna.comparison import expected_error

    networks = {
        name or "network": {
            "formal": made.formal.counts._asdict(),
            "dna": made.network.counts._asdict(),
            "slow_down": made.conditions.fastest,
            "gamma_inverse": made.gamma_inverse,
            "lag": made.lag,
            "sigma": dict(made.loads),
            "orders": [list(gate.inputs) for gate in made.gates],
            "warnings": list(made.warnings),
            **({"verdict": verdicts[name]} if verdicts else {}),
        }
        for name, made in compiled.items()
    }
    conditions = asdict(next(iter(compiled.values())).conditions)
    fuels = [asdict(use) | {"lasts": use.lasts if math.isfinite(use.lasts) else None} for use in uses]
    errors = dict(comparison.errors) if comparison else {}
    expected = expected_error(compiled.values(), uses)
    return {
        "conditions": conditions,
        "networks": networks,
        "expected_error": expected,
        "errors": errors,
        "fuels": fuels,
    }


def _write(
    folder: Path, compiled: Mapping[str, DnaNetwork], comparison: DnaComparison | None, image: str
) -> None:
    """Write everything into a folder that appears whole."""
    from neuralcrn.chemistry import format_network
    from neuralcrn.compiler.dna.domains import domain_level
    from neuralcrn.compiler.dna.network import in_units
    from neuralcrn.formats.files import write_text
    from neuralcrn.formats.nuskell import write_nuskell
    from neuralcrn.formats.pil import write_pil
    from neuralcrn.runs.files import new_folder

    with new_folder(folder) as fresh:
        for name, made in compiled.items():
            prefix = f"{name}_" if name else ""
            level, conditions = domain_level(made), made.conditions
            formal = in_units(made.formal, conditions.unit_concentration * 1e9, conditions.unit_time)
            texts = {
                "network.crn": format_network(made.network),
                "molar.crn": format_network(made.molar),
                "gates.pil": write_pil(level.lengths, level.kernels, level.concentrations, level.constant),
                "formal.crn": write_nuskell(formal, units="nM, s"),
            }
            for ending, text in texts.items():
                write_text(fresh / f"{prefix}{ending}", text)
        if comparison is not None:
            _draw(comparison, fresh / f"comparison.{image}")


def _draw(comparison: DnaComparison, path: Path) -> None:
    from neuralcrn.plots import dna_figure, save

    signals = list(comparison.errors)
    figure = dna_figure(
        comparison.formal.times,
        {name: comparison.formal[name] for name in signals},
        {name: comparison.signal(name) for name in signals},
        {use.fuel: comparison.left(use.fuel) for use in comparison.fuels},
        unit_concentration=comparison.dna.conditions.unit_concentration,
        unit_time=comparison.dna.conditions.unit_time,
    )
    save(figure, path)
