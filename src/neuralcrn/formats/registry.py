"""The registry of formats: how each is named, read and written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, final

from neuralcrn.chemistry import Network
from neuralcrn.chemistry.text import parse_with_parameters
from neuralcrn.chemistry.values import FILE_REACTION_LIMIT, FILE_SPECIES_LIMIT
from neuralcrn.errors import InvalidValueError, UnknownNameError, printable
from neuralcrn.formats.antimony import antimony_to_sbml, write_antimony
from neuralcrn.formats.biocrnpyler import write_biocrnpyler
from neuralcrn.formats.catalyst import write_catalyst
from neuralcrn.formats.crn import write_crn
from neuralcrn.formats.dot import write_dot
from neuralcrn.formats.files import read_text
from neuralcrn.formats.json import read_json, write_json
from neuralcrn.formats.latex import write_latex
from neuralcrn.formats.mermaid import write_mermaid
from neuralcrn.formats.nuskell import write_nuskell
from neuralcrn.formats.plain import plain_model
from neuralcrn.formats.sbml import SbmlModel, read_sbml_model, write_sbml
from neuralcrn.formats.stoichiometry_csv import write_stoichiometry_csv
from neuralcrn.registry import Registry

Changes = Mapping[str, float]
"""Other values of what a file names: initial values by species, numbers by parameter."""
UNCHANGED: Changes = MappingProxyType({})


class Reader(Protocol):
    """Turns a text into a model, or raises one of our errors with the name of the source in it."""

    def __call__(self, text: str, source: str, *, discrete: bool, changes: Changes = UNCHANGED) -> SbmlModel:
        """Return the model; `discrete` says that its laws are meant for counts of molecules."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        As it is asked for.
    title : str
        What it is, for people.
    endings : tuple of str
        Endings of file names, with the dot; the first is the usual one.
    read : Reader, optional
        How a text is read; None where it is only written.
    write : callable from Network to str, optional
        How a network is written; None where it is only read.
    extra : str
        The extra of neuralcrn that it needs, if any.
    translate : callable from two str to str, optional
        What turns a text, with the name of its source, into the text that is read.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    read: Reader | None = None
    write: Callable[[Network], str] | None = None
    extra: str = ""
    translate: Callable[[str, str], str] | None = None


def find_format(name: str | os.PathLike[str]) -> Format:
    """Return the format of this name, or of a file of this name.

    Raises
    ------
    UnknownNameError
        With the names that are known.

    Examples
    --------
    >>> find_format("sbml").endings, find_format("models/oscillator.json").name
    (('.xml', '.sbml'), 'json')
    """
    wanted = os.fspath(name)
    if wanted in FORMATS:
        return FORMATS[wanted]
    ending = Path(wanted).suffix.lower()
    for entry in FORMATS.values():
        if ending in entry.endings:
            return entry
    raise UnknownNameError("format", wanted, FORMATS)


def read_network(
    path: str | os.PathLike[str], format: str | None = None, *, discrete: bool = False
) -> Network:
    """Read a network from a file of any readable format.

    Parameters
    ----------
    path : path
        A regular file in UTF-8, at most 50 MB.
    format : str, optional
        Its format, where the ending of the file does not say.
    discrete : bool
        Whether the rate laws of the file are meant for counts of molecules. Only SBML and Antimony, which
        write laws out, can differ in this.

    Returns
    -------
    Network
        At most 20,000 species and 200,000 reactions.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    InvalidValueError
        If the file cannot be read, its format cannot, or it is too large.
    ParseError, NetworkError
        If the file does not hold a network under mass action.
    """
    (model,) = read_models(path, format, discrete=discrete)
    return model.reactions_alone(os.fspath(path))


def read_models(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    discrete: bool = False,
    changes: Sequence[Changes] = (UNCHANGED,),
) -> tuple[SbmlModel, ...]:
    """Read a file of any readable format as models: what it says, with other values each time.

    Parameters
    ----------
    path, format, discrete
        As those of `read_network`.
    changes : sequence of mapping from str to float
        For each model, the values that are not to be those of the file. Of a species it is its initial value
        as the file would give it. Of SBML and Antimony, parameters, sizes of compartments and local
        parameters (``R.k`` for k of reaction R) may be changed; of reaction text, parameters that it
        declares; of reaction text and JSON, rate constants by number or label: ``reaction_2.k``,
        ``decay.k``.

    Raises
    ------
    UnknownNameError
        If there is no such format, or a change names nothing of the file.
    InvalidValueError, ParseError, NetworkError
        As `read_network`, and if a value cannot be used.
    """
    return parse_models(read_text(path), os.fspath(path), format, discrete=discrete, changes=changes)


def parse_models(
    text: str,
    source: str,
    format: str | None = None,
    *,
    discrete: bool = False,
    changes: Sequence[Changes] = (UNCHANGED,),
) -> tuple[SbmlModel, ...]:
    """Read the contents of a file as models; see `read_models`.

    Parameters
    ----------
    text : str
        The contents.
    source : str
        Name of the file, for its ending and for messages.
    format, discrete, changes
        As those of `read_models`.

    Examples
    --------
    >>> (model,) = parse_models("A -> B [k = 1]", "pasted.crn")
    >>> model.network.species
    ('A', 'B')
    """
    entry = find_format(source if format is None else format)
    if entry.read is None:
        readable = ", ".join(known.name for known in FORMATS.values() if known.read)
        raise InvalidValueError(
            f"{printable(source)}: {entry.title} is only written: what is read is {readable}"
        )
    if entry.translate is not None:
        text, source = entry.translate(text, source), f"{source} (as SBML)"
    models = tuple(entry.read(text, source, discrete=discrete, changes=change) for change in changes)
    for model in models[:1]:
        species, reactions = model.network.counts
        if species > FILE_SPECIES_LIMIT or reactions > FILE_REACTION_LIMIT:
            raise InvalidValueError(
                f"{printable(source)}: has {species:,} species and {reactions:,} reactions: at most "
                f"{FILE_SPECIES_LIMIT:,} and {FILE_REACTION_LIMIT:,} are read"
            )
    return models


def network_text(network: Network, format: str) -> str:
    """Return a network in a format that is written.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    InvalidValueError
        If it is only read, or cannot express the network.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(network_text(parse_network("A -> B"), "crn").splitlines()[-1])
    A -> B [k = 1]
    """
    entry = find_format(format)
    if entry.write is None:
        written = ", ".join(known.name for known in FORMATS.values() if known.write)
        raise InvalidValueError(f"{entry.title} is only read: what is written is {written}")
    return entry.write(network)


def _read_crn(text: str, source: str, *, discrete: bool, changes: Changes = UNCHANGED) -> SbmlModel:
    network, parameters = parse_with_parameters(text, source=source, given=changes)
    rest = {name: value for name, value in changes.items() if name not in parameters}
    return plain_model(network, rest, parameters)


def _read_json(text: str, source: str, *, discrete: bool, changes: Changes = UNCHANGED) -> SbmlModel:
    return plain_model(read_json(text, source), changes)


_FORMATS = (
    Format("crn", "reaction text", (".crn", ".txt"), _read_crn, write_crn),
    Format("json", "JSON", (".json",), _read_json, write_json),
    Format("sbml", "SBML", (".xml", ".sbml"), read_sbml_model, write_sbml, extra="sbml"),
    Format(
        "antimony",
        "Antimony",
        (".ant", ".sb"),
        read_sbml_model,
        write_antimony,
        extra="sbml",
        translate=antimony_to_sbml,
    ),
    Format("latex", "LaTeX table", (".tex",), None, write_latex),
    Format("catalyst", "Catalyst.jl source", (".jl",), None, write_catalyst),
    Format("biocrnpyler", "BioCRNPyler source", (".py",), None, write_biocrnpyler),
    Format("dot", "Graphviz DOT", (".dot", ".gv"), None, write_dot),
    Format("mermaid", "Mermaid flowchart", (".mmd",), None, write_mermaid),
    Format("nuskell", "formal network of Nuskell", (), None, write_nuskell),
    Format("stoichiometry", "stoichiometry as CSV", (), None, write_stoichiometry_csv),
)
FORMATS: Registry[Format] = Registry("format", "formats", _FORMATS, Format)
"""All formats by name."""
