"""Input of a function: a file, a text, or a circuit of the registry."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, final

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.errors import InvalidValueError, NetworkError, UnknownNameError, printable

if TYPE_CHECKING:
    from neuralcrn.chemistry import Network, ParametricNetwork
    from neuralcrn.formats import SbmlModel

_NOTHING: Mapping[str, float] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class Source:
    """A network in a file, or a circuit by name; a file has precedence over a circuit with the same name.

    Attributes
    ----------
    name : str
        Path of the file, or name of the circuit.
    format : str, optional
        Format of the file, if it does not follow from the file extension.
    phase : str, optional
        Phase of a staged circuit.
    options : CircuitOptions
        Options of the circuit.
    text : str, optional
        Contents of the file, if it should not be read from disk.

    Examples
    --------
    >>> list(Source("linear").networks())
    ['feedforward', 'readout', 'error', 'feedback', 'update']
    >>> Source("linear", phase="error").network().counts
    Counts(species=2, reactions=1)
    >>> Source("pasted.crn", text="A -> 2B [k = 1]").network().species
    ('A', 'B')
    """

    name: str
    format: str | None = None
    phase: str | None = None
    options: CircuitOptions = field(default_factory=CircuitOptions)
    text: str | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is a file.

        Raises
        ------
        InvalidValueError
            If it is a file, and options of circuits are given.
        """
        if self.text is None and not os.path.exists(self.name):
            return False
        if given := [*self.options.given, *(["phase"] if self.phase is not None else [])]:
            raise InvalidValueError(
                f"{printable(self.name)}: is a file: give {', '.join(given)} with a circuit only"
            )
        return True

    def models(
        self, changes: Sequence[Mapping[str, float]] = (_NOTHING,), *, discrete: bool = False
    ) -> tuple[SbmlModel, ...]:
        """Return the file, or the single network of the circuit, as a model with each of the changes.

        Parameters
        ----------
        changes : sequence of mapping from str to float
            See `read_models`.
        discrete : bool
            See `read_network`.
        """
        from neuralcrn.formats import parse_models, plain_model, read_text

        if self.is_file:
            text = read_text(self.name) if self.text is None else self.text
            return parse_models(text, self.name, self.format, discrete=discrete, changes=changes)
        network = self.network()
        return tuple(plain_model(network, change) for change in changes)

    def networks(self, constants: Mapping[str, float] = _NOTHING) -> Mapping[str, Network]:
        """Return the network of the file, under the name "", or those of the circuit by phase.

        Parameters
        ----------
        constants : mapping from str to float
            Further options of the circuit.

        Raises
        ------
        UnknownNameError
            If there is no such file, circuit or phase.
        InvalidValueError
            If the file cannot be read, or an option does not apply to it.
        """
        from neuralcrn.circuits import FAMILIES
        from neuralcrn.tasks import TASKS

        shown = printable(self.name)
        if self.is_file:
            (model,) = self.models()
            return {"": model.reactions_alone(self.name)}
        if self.name not in FAMILIES:
            if self.name in TASKS:
                raise InvalidValueError(
                    f"{shown} is a task, which 'neuralcrn train {shown}' learns: name a file, or a circuit "
                    "('neuralcrn list')"
                )
            raise UnknownNameError("file or circuit", self.name, FAMILIES)
        if self.format is not None:
            raise InvalidValueError(f"format {printable(self.format)}: {shown} is a circuit, not a file")
        networks = {step.name: step.network for step in self.options.compile(self.name, **constants).phases}
        if self.phase is None:
            return networks
        if self.phase not in networks:
            raise UnknownNameError("phase", self.phase, networks)
        return {self.phase: networks[self.phase]}

    def network(self) -> Network:
        """Return a single network: of the file, of a phase, or of a pot.

        Raises
        ------
        UnknownNameError, InvalidValueError
            See `networks`; also if the circuit has several phases and none is given.
        """
        networks = self.networks()
        if len(networks) > 1:
            raise InvalidValueError(
                f"circuit {self.name} has the phases {', '.join(networks)}: name a phase, or choose "
                "the level autonomous for one pot"
            )
        (network,) = networks.values()
        return network

    def parametric(self) -> ParametricNetwork:
        """Return a single network with its parameters: those of the file, else the constants themselves.

        Raises
        ------
        UnknownNameError, InvalidValueError
            See `network`.
        NetworkError
            If the file has events, which are described as periods of experiments.
        """
        from neuralcrn.chemistry import ParametricNetwork, parse_parametric
        from neuralcrn.formats import find_format, read_sbml_parametric, read_text

        if not self.is_file:
            return ParametricNetwork.of(self.network())
        entry, source = find_format(self.format or self.name), self.name
        text = read_text(self.name) if self.text is None else self.text
        if entry.name == "crn":
            return _named(parse_parametric(text, source=source))
        if entry.name not in ("sbml", "antimony"):
            return ParametricNetwork.of(self.network())
        if entry.translate is not None:
            text, source = entry.translate(text, source), f"{source} (as SBML)"
        model = read_sbml_parametric(text, source)
        if model.timed:
            raise NetworkError(
                f"{printable(self.name)}: has events or laws that depend on the time: describe them as doses "
                "of an experiment"
            )
        return _named(model.network)


def _named(network: ParametricNetwork) -> ParametricNetwork:
    """Return a network, with names for its constants if no rate constant has a parameter."""
    from neuralcrn.chemistry import ParametricNetwork

    if any(rate.names for rate in network.rates):
        return network
    return ParametricNetwork.of(network.network)
