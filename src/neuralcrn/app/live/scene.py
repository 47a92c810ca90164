"""Scenes: everything that a training in the lab depends on, as one value that fits in an address."""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from typing import Any, Self, cast

import msgspec

from neuralcrn.errors import InvalidValueError, NeuralCRNError, UnknownNameError, printable

VERSION = 1
"""Version of the description."""
MAX_POINTS = 2_000
MAX_TEXT = 1_000_000
"""Largest table of a scene, characters."""
MAX_FACTOR = 1e6
"""Largest factor of a rate constant."""
_MAX_JSON = 4_000_000
_LARGEST_SEED = 2**63 - 1


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A kind of task, named by ``kind``."""


class RegistryTask(_Part, frozen=True, tag="registry"):
    """A task of the registry.

    Attributes
    ----------
    name : str
        Its name, see `neuralcrn.tasks.TASKS`.
    options : dict
        Options of its generator, such as numbers of samples.
    """

    name: str
    options: dict[str, bool | int | float] = {}


class Points(_Part, frozen=True, tag="points"):
    """Points in the unit square that belong to two or three classes.

    Attributes
    ----------
    points : tuple of (float, float, int)
        Both coordinates, in [0, 1], and the class, 0, 1 or 2.
    """

    points: tuple[tuple[float, float, int], ...]

    def __post_init__(self) -> None:
        if len(self.points) > MAX_POINTS:
            raise InvalidValueError(
                f"points: {len(self.points):,} were given, at most {MAX_POINTS:,} are read"
            )
        for number, (x, y, label) in enumerate(self.points, 1):
            if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
                raise InvalidValueError(f"point {number} at ({x:g}, {y:g}): give coordinates from 0 to 1")
            if label not in (0, 1, 2):
                raise InvalidValueError(f"point {number} of class {label}: the classes are 0, 1 and 2")


class Table(_Part, frozen=True, tag="table"):
    """Rows of a CSV text with a header.

    Attributes
    ----------
    text : str
        The table, at most a million characters.
    target : str
        Column to predict.
    """

    text: str
    target: str

    def __post_init__(self) -> None:
        if len(self.text) > MAX_TEXT:
            raise InvalidValueError(f"table: {len(self.text):,} characters, at most {MAX_TEXT:,} are read")
        if not self.target:
            raise InvalidValueError("table: name the column to predict as its target")


class Function(_Part, frozen=True, tag="function"):
    """Samples of a function that is given by a formula.

    Attributes
    ----------
    formula : str
        See `neuralcrn.algebra.parse_expression`.
    inputs : tuple of str
        Names of its arguments, at most 8.
    low, high : float
        Range of every argument.
    samples : int
        Number of samples, from 4 to 2,000, uniform in the range.
    """

    formula: str
    inputs: tuple[str, ...] = ("x",)
    low: float = 0.0
    high: float = 1.0
    samples: int = 60

    def __post_init__(self) -> None:
        if not 1 <= len(self.inputs) <= 8 or len(set(self.inputs)) < len(self.inputs):
            raise InvalidValueError(f"inputs = {', '.join(self.inputs)!r:.60}: give 1 to 8 different names")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InvalidValueError(f"range {self.low:g} to {self.high:g}: give a rising range")
        if not 4 <= self.samples <= MAX_POINTS:
            raise InvalidValueError(f"samples = {self.samples}: give a number from 4 to {MAX_POINTS:,}")


class Scene(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that a training in the lab depends on.

    Attributes
    ----------
    task : RegistryTask, Points, Table or Function
        The samples.
    circuit : str, optional
        Family of circuits; by default that of the task.
    rule : str, optional
        Learning rule; by default that of task and circuit.
    equation : str, optional
        An equation for f of the neural ODE dz/dt = f(z, x), which replaces the circuit; see
        `neuralcrn.app.live.chemistry`.
    options : dict
        Options of the circuit, such as ``learning_rate``, ``hidden`` and ``optimiser``; see
        `neuralcrn.circuits.Options`.
    level, clock : str
        Level, and clock of an autonomous program; see `Circuit.compile`.
    method, volume : str, float
        Method of simulation, and molecules per unit concentration for a stochastic method.
    seed : int
        Seed of data, parameters, the order of samples and random events.
    epochs : int, optional
        Passes over the training samples; by default as `neuralcrn.learning.plan` chooses.
    errors : dict of str to float
        Strengths of disturbances, see `neuralcrn.studies.robustness.DISTURBANCES`.
    error_seed : int
        Seed of the errors. For one seed, errors of different strengths are proportional in their logarithms.
    factors : dict of str to float
        Factors of single rate constants, by the keys of `neuralcrn.app.live.chemistry.key_of`.
    removed : tuple of str
        Species that react with nothing and are not produced.
    clock_stopped : bool
        Whether the reactions of the clock of an autonomous program are removed.
    version : int
        Version of the description.

    Raises
    ------
    InvalidValueError, UnknownNameError
        If a value is out of range, or a disturbance is unknown.

    Examples
    --------
    >>> scene = Scene(task=RegistryTask("xor"), errors={"rates": 0.5})
    >>> Scene.from_address(scene.to_address()) == scene
    True
    >>> scene.patched({"errors": {"rates": None, "leaks": 0.01}}).errors
    {'leaks': 0.01}
    """

    task: RegistryTask | Points | Table | Function
    circuit: str | None = None
    rule: str | None = None
    equation: str | None = None
    options: dict[str, Any] = {}
    level: str = "staged"
    clock: str = ""
    method: str = "ode"
    volume: float = 0.0
    seed: int = 0
    epochs: int | None = None
    errors: dict[str, float] = {}
    error_seed: int = 0
    factors: dict[str, float] = {}
    removed: tuple[str, ...] = ()
    clock_stopped: bool = False
    version: int = VERSION

    def __post_init__(self) -> None:
        from neuralcrn.learning.spec import check_epochs
        from neuralcrn.studies.robustness.disturbances import DISTURBANCES, check_strength

        if self.version != VERSION:
            raise InvalidValueError(
                f"scene: version {self.version}: this neuralcrn reads version {VERSION}: use the one "
                "that wrote it"
            )
        for name, seed in (("seed", self.seed), ("error_seed", self.error_seed)):
            if not 0 <= seed <= _LARGEST_SEED:
                raise InvalidValueError(f"{name} = {seed}: give a whole number from 0 to {_LARGEST_SEED}")
        if self.epochs is not None:
            check_epochs(self.epochs)
        for name, strength in self.errors.items():
            if name not in DISTURBANCES:
                raise UnknownNameError("disturbance", name, DISTURBANCES)
            check_strength(name, strength)
        for key, factor in self.factors.items():
            if not 0.0 <= factor <= MAX_FACTOR:
                raise InvalidValueError(
                    f"factor {factor:g} of {printable(key)}: give a number from 0 to {MAX_FACTOR:g}"
                )

    def to_json(self, *, complete: bool = True) -> dict[str, Any]:
        """Return the scene as plain values; only those that are not the defaults, unless it is complete."""
        data = msgspec.to_builtins(self)
        if complete:
            return data
        standard = msgspec.to_builtins(Scene(task=self.task))
        return {key: value for key, value in data.items() if key == "task" or value != standard[key]}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the scene from plain values.

        Raises
        ------
        InvalidValueError
            If a key is unknown, or a value has the wrong type or is out of range.
        UnknownNameError
            If a disturbance is unknown.

        Examples
        --------
        >>> Scene.from_json({"task": {"kind": "registry", "name": "xor"}, "sed": 1})
        Traceback (most recent call last):
            ...
        neuralcrn.errors.InvalidValueError: scene: Object contains unknown field `sed`
        """
        try:
            return msgspec.convert(data, cls)
        except msgspec.ValidationError as error:
            if isinstance(error.__cause__, NeuralCRNError):
                raise error.__cause__ from None
            raise InvalidValueError(f"scene: {printable(str(error), 300)}") from None

    def patched(self, patch: object) -> Self:
        """Return the scene with a JSON merge patch (RFC 7396) applied.

        Entries of objects are replaced one by one, and null removes an entry; only the task is replaced as a
        whole.
        """
        if not isinstance(patch, dict):
            raise InvalidValueError("scene: a change is an object with the changed entries")
        changes = cast(dict[str, Any], patch)
        data = _merged(self.to_json(), {k: v for k, v in changes.items() if k != "task"})
        return self.from_json({**data, "task": changes.get("task") or data["task"]})

    def to_address(self) -> str:
        """Return the scene as a short text of letters, digits, ``-`` and ``_``."""
        text = json.dumps(self.to_json(complete=False), separators=(",", ":"))
        packed = zlib.compress(text.encode("utf-8"), 9)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def from_address(cls, text: str) -> Self:
        """Return the scene from the result of `to_address`.

        Raises
        ------
        InvalidValueError
            If the text is not one; see also `from_json`.
        """
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            unpacking = zlib.decompressobj()
            data = json.loads(unpacking.decompress(packed, _MAX_JSON))
            complete = unpacking.eof
        except (binascii.Error, zlib.error, ValueError, RecursionError):
            complete, data = False, None
        if not complete:
            raise InvalidValueError("address: this is no complete address of a scene: copy all of it")
        return cls.from_json(data)


def _merged(data: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return an object with a merge patch applied."""
    result = dict(data)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], cast(dict[str, Any], value))
        else:
            result[key] = value
    return result
