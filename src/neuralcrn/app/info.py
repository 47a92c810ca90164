"""Structural analysis of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from neuralcrn.app.sources import Source

if TYPE_CHECKING:
    from neuralcrn.chemistry.structure import NetworkStructure


@final
@dataclass(frozen=True, slots=True)
class Description:
    """Structural properties of a network, or of each phase of a circuit.

    Attributes
    ----------
    source : str
        Name of the file or circuit.
    structures : mapping from str to NetworkStructure
        By phase; for a file under the name "".
    """

    source: str
    structures: Mapping[str, NetworkStructure]

    def __str__(self) -> str:
        return "\n\n".join(
            f"{f'# {name}{chr(10)}' if name else ''}{structure}"
            for name, structure in self.structures.items()
        )

    def to_json(self) -> dict[str, Any]:
        """Return the structures as plain values."""
        if "" in self.structures:
            return {"file": self.source, **self.structures[""].to_json()}
        phases = {name: structure.to_json() for name, structure in self.structures.items()}
        return {"circuit": self.source, "phases": phases}


def info(source: Source) -> Description:
    """Analyse the structure of a network: size, orders, conservation laws, complexes, deficiency, siphons.

    Parameters
    ----------
    source : Source
        A file, a circuit or one of its phases.

    Raises
    ------
    UnknownNameError, InvalidValueError, ParseError, NetworkError
        If the source cannot be read or compiled.

    Examples
    --------
    >>> print(str(info(Source("linear", phase="error"))).splitlines()[0])
    # error
    """
    from neuralcrn.chemistry import network_structure

    structures = {name: network_structure(network) for name, network in source.networks().items()}
    return Description(source.name, structures)
