"""What a request may contain; anything else is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=200)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class NewLab(_Request):
    """A new lab: of a scene, of an address, or of the first scene of the gallery."""

    scene: dict[str, Any] | None = None
    address: Annotated[str, Field(max_length=200_000)] | None = None


class _Command(_Request):
    key: Name | None = None


class Simple(_Command):
    """A command without further values."""

    command: Literal["play", "pause", "rewind", "undo", "redo", "certify"]


class Reseed(_Command):
    """Begin again with another seed, a new one by default."""

    command: Literal["reseed"]
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None


class Step(_Command):
    """Pause, and learn one sample, or to the end of the epoch."""

    command: Literal["step"]
    unit: Literal["sample", "epoch"] = "sample"


class Speed(_Command):
    """Samples per second, 0 for as many as possible."""

    command: Literal["speed"]
    value: Annotated[float, Field(ge=0.0, le=1e6)]
    key: Name | None = "speed"


class Change(_Command):
    """Change of the scene: a JSON merge patch (RFC 7396); `anew` begins again with new parameters."""

    command: Literal["change"]
    patch: dict[str, Any]
    label: Name
    anew: bool = False


class View(_Command):
    """What is looked at: points per side of the map, sample and parameter of the step."""

    command: Literal["view"]
    resolution: Annotated[int, Field(ge=2, le=64)] = 24
    sample: Annotated[int, Field(ge=0, lt=10_000_000)] | None = None
    weight: Name | None = None
    key: Name | None = "view"


AnyCommand = Annotated[Simple | Reseed | Step | Speed | Change | View, Field(discriminator="command")]


class Simulation(_Request):
    """A network to simulate."""

    text: str
    format: Literal["crn", "sbml", "antimony", "json"] = "crn"
    name: Name = "network"
    t_end: Annotated[float, Field(gt=0.0)]
    steps: Annotated[int, Field(ge=1, le=10_000)] = 200
    method: Literal["ode", "ssa", "tau", "langevin", "hybrid"] = "ode"
    volume: Annotated[float, Field(gt=0.0)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
