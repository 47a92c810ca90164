"""Circuits of a sweep, as text: ``NAME`` or ``NAME:OPTION=VALUE,...``."""

from __future__ import annotations

import re
import typing
from dataclasses import replace
from typing import Any

import msgspec

from neuralcrn.circuits import Options
from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import TrainingSpec, plan

_NEXT_OPTION = re.compile(r",(?=\w+=)")
_OF_TRAINING = ("rule", "level", "clock")


def read_setting(
    text: str,
    task: str,
    *,
    rule: str | None = None,
    level: str = "staged",
    clock: str = "",
    epochs: int | None = None,
) -> TrainingSpec:
    """Return the training of a circuit that is given as text.

    Parameters
    ----------
    text : str
        Name of a circuit, optionally with options: ``mixing:hidden=16,update=direct``. Besides the options of
        the circuit they can be ``rule``, ``level`` and ``clock``, which replace the arguments.
    task : str
        Name of a task.
    rule, level, clock, epochs
        See `TrainingSpec`; by default the recorded ones of task and circuit.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError
        If an option is unknown, or its value has the wrong type.

    Examples
    --------
    >>> spec = read_setting("mixing:hidden=16,rule=first-order", "xor", epochs=5)
    >>> spec.circuit, dict(spec.circuit_options), spec.rule, spec.epochs
    ('mixing', {'hidden': 16}, 'first-order', 5)
    """
    name, _, listed = text.partition(":")
    options: dict[str, Any] = {}
    for item in _NEXT_OPTION.split(listed) if listed else ():
        option, equals, value = item.partition("=")
        if not equals or option in options:
            raise InvalidValueError(
                f"circuit {text!r:.80}: write its options as NAME:OPTION=VALUE, each once"
            )
        options[option] = value
    chosen = {"rule": rule, "level": level, "clock": clock}
    chosen.update({option: options.pop(option) for option in _OF_TRAINING if option in options})
    values = {option: _value(text, option, value) for option, value in options.items()}
    planned = plan(task, name, rule=chosen["rule"], epochs=epochs, **values)
    return replace(planned, level=chosen["level"], clock=chosen["clock"])


def _value(text: str, option: str, value: str) -> Any:
    """Return the value of an option of a circuit; the circuit rejects unknown options."""
    kind = typing.get_type_hints(Options).get(option, str)
    parts: str | list[str] = value.split(",") if "," in value else value
    try:
        return msgspec.convert(parts, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidValueError(f"circuit {text!r:.80}: {option} = {value!r:.40}: {error}") from None
