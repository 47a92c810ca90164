"""Options of all commands that take a circuit."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.errors import InvalidValueError, UnknownNameError

_PANEL = "Circuit"
_LARGEST_LAYER = 10_000


def read_hidden(text: str) -> int | tuple[int, ...]:
    """Parse '16' or '16,8' as the numbers of units of layers."""
    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InvalidValueError(
            f"--hidden {text!r:.40}: give a number of states, or of the units of each layer, such as 16,8"
        ) from None
    if not all(1 <= size <= _LARGEST_LAYER for size in sizes):
        raise InvalidValueError(f"--hidden {text:.40}: every number must be from 1 to {_LARGEST_LAYER:,}")
    return sizes[0] if len(sizes) == 1 else sizes


RuleOption = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL,
        help="A rule of neuralcrn list, such as exact or first-order. [default: that of the circuit]",
    ),
]
LevelOption = Annotated[
    str,
    typer.Option(
        rich_help_panel=_PANEL,
        help="staged: one network per phase. gated: one network. autonomous: one network with a clock.",
    ),
]
ClockOption = Annotated[
    str,
    typer.Option(
        rich_help_panel=_PANEL,
        help="Clock of an autonomous circuit ('neuralcrn clock'). [default: the first with enough turns]",
    ),
]
OptimiserOption = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL,
        help="Optimiser: chop, direct, transfer, momentum=0.9, decay=1e-4, batch=4, separated by commas.",
    ),
]
ConstantOption = Annotated[
    list[str] | None,
    typer.Option(
        "--constant",
        rich_help_panel=_PANEL,
        metavar="NAME=VALUE",
        help="A constant of the learning rule, such as nudge=0.25; may be repeated.",
    ),
]
HiddenOption = Annotated[
    Any,
    typer.Option(
        rich_help_panel=_PANEL,
        parser=read_hidden,
        metavar="N[,N...]",
        help="Number of states, or of the units of each layer (16,8). [default: that of the circuit]",
    ),
]
ActivationOption = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL,
        help="Activation of layers: relu, leaky-relu or squared-relu. [default: relu]",
    ),
]
LossOption = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL,
        help="squared, or squared-hinge for classes: no error beyond the target. [default: squared]",
    ),
]
PhaseOption = Annotated[
    str | None,
    typer.Option(rich_help_panel=_PANEL, help="Phase of a staged circuit."),
]
SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE|CIRCUIT", help="A file in a readable format, or a circuit ('neuralcrn list')."
    ),
]
CircuitArgument = Annotated[str, typer.Argument(help="A circuit ('neuralcrn list').")]

_OPTIONS: dict[str, Any] = {
    "inputs": Annotated[
        int, typer.Option(rich_help_panel=_PANEL, min=1, max=10_000, help="Number of features.")
    ],
    "hidden": HiddenOption,
    "activation": ActivationOption,
    "loss": LossOption,
    "outputs": Annotated[
        int | None,
        typer.Option(
            rich_help_panel=_PANEL,
            min=1,
            max=1_000,
            help="Number of outputs. [default: that of the circuit, usually 1]",
            show_default=False,
        ),
    ],
    "rule": RuleOption,
    "level": LevelOption,
    "clock": ClockOption,
    "optimiser": OptimiserOption,
    "constants": ConstantOption,
    "signed": Annotated[
        bool,
        typer.Option("--signed", rich_help_panel=_PANEL, help="Inputs may be negative and get two rails."),
    ],
}
"""Options for each field of `CircuitOptions`."""
_OPTIMISERS: dict[str, type] = {"momentum": float, "decay": float, "batch": int}
_WORDS = {
    "chop": {"optimiser": "chop"},
    "direct": {"update": "direct"},
    "transfer": {"update": "transfer"},
}


def takes_circuit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter `options` of a command by an option for each field of `CircuitOptions`."""
    defaults = {item.name: item.default for item in dataclasses.fields(CircuitOptions)} | {"optimiser": None}
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter(name, keyword, default=default, annotation=_OPTIONS[name])
        for name, default in defaults.items()
    ]
    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        shown += added if parameter.name == "options" else [parameter.replace(kind=keyword)]

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        chosen = {name: arguments.pop(name) for name in defaults}
        chosen["optimiser"] = read_optimiser(chosen["optimiser"]) or None
        chosen["constants"] = read_constants(chosen["constants"]) or None
        command(**arguments, options=CircuitOptions(**chosen))

    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return run


def read_constants(texts: Sequence[str] | None) -> dict[str, float]:
    """Parse 'nudge=0.25' as constants of a learning rule."""
    chosen: dict[str, float] = {}
    for text in texts or ():
        name, _, value = text.partition("=")
        try:
            chosen[name.strip()] = float(value)
        except ValueError:
            raise InvalidValueError(f"--constant {text!r:.40}: write NAME=NUMBER") from None
    return chosen


def read_optimiser(text: str | None) -> dict[str, Any]:
    """Parse 'direct' or 'chop,momentum=0.9,batch=4' as options of a circuit."""
    chosen: dict[str, Any] = {}
    for part in text.split(",") if text is not None else ():
        name, _, value = part.strip().partition("=")
        if name in _WORDS:
            if value:
                raise InvalidValueError(f"--optimiser: {name} takes no value, got {value!r:.40}")
            chosen |= _WORDS[name]
            continue
        if name not in _OPTIMISERS:
            raise InvalidValueError(
                f"--optimiser: {UnknownNameError('optimiser', name, [*_OPTIMISERS, *_WORDS])}"
            )
        try:
            chosen[name] = _OPTIMISERS[name](value)
        except ValueError:
            raise InvalidValueError(
                f"--optimiser: {name} = {value!r:.40} is no number: write {name}=..."
            ) from None
    return chosen
