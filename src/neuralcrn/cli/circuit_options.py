"""The options of every command that takes a circuit, declared once, and files or circuits as networks."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from neuralcrn.errors import InvalidValueError, UnknownNameError, printable

if TYPE_CHECKING:
    from neuralcrn.chemistry import Network
    from neuralcrn.compiler import Circuit, Program
    from neuralcrn.formats import SbmlModel

_PANEL = "Circuit"
GradientOption = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL,
        help="exact, frozen, first-order or linear-reversal. [default: the circuit's own]",
    ),
]
AutonomyOption = Annotated[
    str,
    typer.Option(
        rich_help_panel=_PANEL,
        help="staged: a network a phase. gated: one network, phases switched. autonomous: one with a clock.",
    ),
]
ClockOption = Annotated[
    str,
    typer.Option(
        rich_help_panel=_PANEL,
        help="Clock of an autonomous program ('neuralcrn clock'). [default: restored-5]",
    ),
]
OptimiserOption = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL,
        help="How gradients correct: direct, or momentum=0.9, decay=1e-4, batch=4, joined by commas.",
    ),
]
HiddenOption = Annotated[
    int | None,
    typer.Option(
        rich_help_panel=_PANEL,
        min=1,
        max=10_000,
        help="Number of states. [default: the circuit's own]",
    ),
]
PhaseOption = Annotated[
    str | None,
    typer.Option(rich_help_panel=_PANEL, help="Phase of a staged circuit; every phase is a network."),
]
SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE|CIRCUIT", help="A network in a format that is read, or a circuit ('neuralcrn list')."
    ),
]
CircuitArgument = Annotated[str, typer.Argument(help="A circuit ('neuralcrn list').")]

_OPTIMISERS: dict[str, type] = {"momentum": float, "decay": float, "batch": int}
_FOR_FILES = "neuralcrn info, draw, simulate, convert and dna take files"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CircuitOptions:
    """What may be chosen about a circuit on the command line; see `takes_circuit_options`."""

    inputs: Annotated[
        int, typer.Option(rich_help_panel=_PANEL, min=1, max=10_000, help="Number of features.")
    ] = 2
    hidden: HiddenOption = None
    outputs: Annotated[
        int, typer.Option(rich_help_panel=_PANEL, min=1, max=1_000, help="Number of outputs.")
    ] = 1
    gradient: GradientOption = None
    autonomy: AutonomyOption = "staged"
    clock: ClockOption = ""
    optimiser: OptimiserOption = None
    signed: Annotated[
        bool,
        typer.Option("--signed", rich_help_panel=_PANEL, help="Inputs may be negative: they get two rails."),
    ] = False

    @property
    def given(self) -> tuple[str, ...]:
        """The options that are not left at their defaults, as they are written."""
        return tuple(
            f"--{item.name}" for item in dataclasses.fields(self) if getattr(self, item.name) != item.default
        )

    def make(self, name: str, **constants: Any) -> Circuit:
        """Return the circuit of that name with these options; a file is refused."""
        from neuralcrn.circuits import FAMILIES, make_circuit

        if name not in FAMILIES and os.path.exists(name):
            raise InvalidValueError(
                f"{printable(name)}: is a file, but a circuit is expected ('neuralcrn list'): {_FOR_FILES}"
            )
        chosen = {"hidden": self.hidden, "gradient": self.gradient}
        chosen = {option: value for option, value in chosen.items() if value is not None}
        return make_circuit(
            name,
            self.inputs,
            outputs=self.outputs,
            non_negative=not self.signed,
            **chosen,
            **read_optimiser(self.optimiser),
            **constants,
        )

    def compile(self, name: str, **constants: Any) -> Program:
        """Return what the circuit of that name compiles to."""
        return self.make(name, **constants).compile(self.autonomy, self.clock)


def takes_circuit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, in place of its parameter `options`, an option for each field of `CircuitOptions`."""
    names = [item.name for item in dataclasses.fields(CircuitOptions)]
    hints = get_type_hints(CircuitOptions, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter(item.name, keyword, default=item.default, annotation=hints[item.name])
        for item in dataclasses.fields(CircuitOptions)
    ]
    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        shown += added if parameter.name == "options" else [parameter.replace(kind=keyword)]

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        chosen = {name: arguments.pop(name) for name in names}
        command(**arguments, options=CircuitOptions(**chosen))

    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return run


def read_optimiser(text: str | None) -> dict[str, Any]:
    """Read 'direct' or 'momentum=0.9,batch=4' as options of a circuit."""
    chosen: dict[str, Any] = {}
    for part in text.split(",") if text is not None else ():
        name, _, value = part.strip().partition("=")
        if name == "direct":
            if value:
                raise InvalidValueError(f"--optimiser: direct takes no value, got {value!r:.40}")
            chosen["update"] = "direct"
            continue
        if name not in _OPTIMISERS:
            raise InvalidValueError(
                f"--optimiser: {UnknownNameError('optimiser', name, [*_OPTIMISERS, 'direct'])}"
            )
        try:
            chosen[name] = _OPTIMISERS[name](value)
        except ValueError:
            raise InvalidValueError(
                f"--optimiser: {name} = {value!r:.40} is no number: write {name}=..."
            ) from None
    return chosen


def source_models(
    source: Path,
    options: CircuitOptions,
    *,
    phase: str | None = None,
    source_format: str | None = None,
    discrete: bool = False,
    changes: Sequence[Mapping[str, float]],
) -> tuple[SbmlModel, ...]:
    """Return a file, or the one network of a circuit, as a model with each of the changes."""
    from neuralcrn.formats import plain_model, read_models

    if _is_file(source, options, phase):
        return read_models(source, source_format, discrete=discrete, changes=changes)
    network = source_network(source, options, phase=phase, source_format=source_format)
    return tuple(plain_model(network, change) for change in changes)


def _is_file(source: Path, options: CircuitOptions, phase: str | None) -> bool:
    """Tell whether a file is there, and refuse for it what belongs to circuits."""
    if not os.path.exists(source):
        return False
    if given := [*options.given, *(["--phase"] if phase is not None else [])]:
        raise InvalidValueError(
            f"{printable(str(source))}: is a file: give {', '.join(given)} with a circuit only"
        )
    return True


def source_networks(
    source: Path,
    options: CircuitOptions,
    *,
    phase: str | None = None,
    source_format: str | None = None,
    discrete: bool = False,
    constants: Mapping[str, float] = MappingProxyType({}),
) -> Mapping[str, Network]:
    """Return the network of a file, under the name "", or those of a circuit by phase.

    A file is taken before a circuit of the same name. `discrete` is that of `read_network`, and `constants`
    are further options of the circuit.
    """
    from neuralcrn.circuits import FAMILIES
    from neuralcrn.formats import read_network
    from neuralcrn.tasks import task_names

    name, shown = str(source), printable(str(source))
    if _is_file(source, options, phase):
        return {"": read_network(source, source_format, discrete=discrete)}
    if name not in FAMILIES:
        if name in task_names():
            raise InvalidValueError(
                f"{shown} is a task, which 'neuralcrn train {shown}' learns: name a file, or a circuit "
                "('neuralcrn list')"
            )
        raise UnknownNameError("file or circuit", name, FAMILIES)
    if source_format is not None:
        raise InvalidValueError(f"--from {printable(source_format)}: {shown} is a circuit, not a file")
    networks = {step.name: step.network for step in options.compile(name, **constants).phases}
    if phase is None:
        return networks
    if phase not in networks:
        raise UnknownNameError("phase", phase, networks)
    return {phase: networks[phase]}


def source_network(
    source: Path,
    options: CircuitOptions,
    *,
    phase: str | None = None,
    source_format: str | None = None,
    discrete: bool = False,
) -> Network:
    """Return one network: of a file, of a phase, or of a pot, which has one and needs no name."""
    networks = source_networks(source, options, phase=phase, source_format=source_format, discrete=discrete)
    if len(networks) > 1:
        raise InvalidValueError(
            f"circuit {source} has the phases {', '.join(networks)}: name one with --phase, or give "
            "--autonomy autonomous for one pot"
        )
    (network,) = networks.values()
    return network
