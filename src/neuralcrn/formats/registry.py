"""Registry of formats, with their readers and writers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, final

from neuralcrn.chemistry import Network, parse_parametric
from neuralcrn.chemistry.values import FILE_REACTION_LIMIT, FILE_SPECIES_LIMIT, checked_quantity
from neuralcrn.errors import InvalidValueError, UnknownNameError, shown_path
from neuralcrn.files import read_text
from neuralcrn.formats.antimony import antimony_to_sbml, write_antimony
from neuralcrn.formats.biocrnpyler import write_biocrnpyler
from neuralcrn.formats.catalyst import write_catalyst
from neuralcrn.formats.crn import write_crn
from neuralcrn.formats.dot import write_dot
from neuralcrn.formats.json import read_json, write_json
from neuralcrn.formats.latex import write_latex
from neuralcrn.formats.mermaid import write_mermaid
from neuralcrn.formats.nuskell import write_nuskell
from neuralcrn.formats.plain import plain_model
from neuralcrn.formats.sbml import SbmlModel, read_sbml_model, write_sbml
from neuralcrn.formats.stoichiometry_csv import write_stoichiometry_csv
from neuralcrn.registry import Registry

Changes = Mapping[str, float]
"""Changed values of a model: initial values by species, numbers by parameter."""
UNCHANGED: Changes = MappingProxyType({})


class Reader(Protocol):
    """Reader that returns a model, or raises an error with the name of the source."""

    def __call__(self, text: str, source: str, *, discrete: bool, changes: Changes = UNCHANGED) -> SbmlModel:
        """Return the model; `discrete` states that rate laws are propensities in numbers of molecules."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        Name of the format.
    title : str
        Description of the format.
    endings : tuple of str
        File extensions with the dot; the first one is the most common.
    read : Reader, optional
        Reader; None if the format can only be written.
    write : callable from Network to str, optional
        Writer; None if the format can only be read.
    extra : str
        Optional dependency of neuralcrn that is required, if any.
    translate : callable from two str to str, optional
        Preprocessor of the text, called with text and name of the source.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    read: Reader | None = None
    write: Callable[[Network], str] | None = None
    extra: str = ""
    translate: Callable[[str, str], str] | None = None


def find_format(name: str | os.PathLike[str]) -> Format:
    """Return the format with this name, or for a file with this name.

    Raises
    ------
    UnknownNameError
        If there is none; the message lists the known names.

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
        Format, if it does not follow from the file extension.
    discrete : bool
        Whether the rate laws of the file are propensities in numbers of molecules. This affects only SBML and
        Antimony, which contain explicit laws.

    Returns
    -------
    Network
        At most 20,000 species and 200,000 reactions.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    InvalidValueError
        If the file cannot be read, the format is write-only, or the network is too large.
    ParseError, NetworkError
        If the file is not a mass-action network.
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
    """Read a file of any readable format as models with changed values.

    Parameters
    ----------
    path, format, discrete
        See `read_network`.
    changes : sequence of mapping from str to float
        For each model, the values that replace those of the file. For a species this is its initial value,
        with the meaning in the file. In SBML and Antimony, parameters, compartment sizes and local parameters
        (``R.k`` for k of reaction R) can be changed; in reaction text, declared parameters; in reaction text
        and JSON, rate constants by number or label: ``reaction_2.k``, ``decay.k``.

    Raises
    ------
    UnknownNameError
        If there is no such format, or a change does not refer to the model.
    InvalidValueError, ParseError, NetworkError
        See `read_network`; also if a value is invalid.
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
        Name of the file, used for its extension and in messages.
    format, discrete, changes
        See `read_models`.

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
            f"{shown_path(source)}: {entry.title} can only be written; readable formats are {readable}"
        )
    if entry.translate is not None:
        text, source = entry.translate(text, source), f"{source} (as SBML)"
    models = tuple(entry.read(text, source, discrete=discrete, changes=change) for change in changes)
    for model in models[:1]:
        species, reactions = model.network.counts
        if species > FILE_SPECIES_LIMIT or reactions > FILE_REACTION_LIMIT:
            raise InvalidValueError(
                f"{shown_path(source)}: has {species:,} species and {reactions:,} reactions: at most "
                f"{FILE_SPECIES_LIMIT:,} and {FILE_REACTION_LIMIT:,} are read"
            )
    return models


def network_text(network: Network, format: str) -> str:
    """Return a network as text in a writable format.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    InvalidValueError
        If the format is read-only, or cannot express the network.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(network_text(parse_network("A -> B"), "crn").splitlines()[-1])
    A -> B [k = 1]
    """
    entry = find_format(format)
    if entry.write is None:
        written = ", ".join(known.name for known in FORMATS.values() if known.write)
        raise InvalidValueError(f"{entry.title} can only be read; writable formats are {written}")
    return entry.write(network)


def _read_crn(text: str, source: str, *, discrete: bool, changes: Changes = UNCHANGED) -> SbmlModel:
    parametric = parse_parametric(text, source=source)
    given = {
        name: checked_quantity(value, "parameter", name)
        for name, value in changes.items()
        if name in parametric.parameters
    }
    rest = {name: value for name, value in changes.items() if name not in given}
    return plain_model(parametric.at(given), rest, parametric.values(given))


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
