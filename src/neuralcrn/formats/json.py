"""Networks as JSON values."""

from __future__ import annotations

import json
from typing import Any

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.chemistry.values import shown
from neuralcrn.errors import NetworkError, NeuralCRNError, ParseError, printable, shown_path
from neuralcrn.formats.heading import heading

_KINDS = {dict: "an object", list: "a list", str: "a string"}


def network_to_json(network: Network) -> dict[str, Any]:
    """Return a network as plain values.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> network = parse_network("2A -> B [k = 3]  # dimer")
    >>> network_to_json(network)["reactions"]
    [{'reactants': {'A': 2}, 'products': {'B': 1}, 'rate': 3.0, 'label': 'dimer'}]
    >>> network_from_json(network_to_json(network)) == network
    True
    """
    return {
        "rate_law": "mass action: rate times the product of reactants to their coefficients, no factorials",
        "species": dict(zip(network.species, network.initial, strict=True)),
        "reactions": [
            {
                "reactants": dict(reaction.reactants.terms),
                "products": dict(reaction.products.terms),
                "rate": reaction.rate,
                "label": reaction.label,
            }
            for reaction in network.reactions
        ],
    }


def network_from_json(data: Any) -> Network:
    """Return a network from its JSON values.

    Raises
    ------
    NetworkError
        If a part is missing or has the wrong type; the message gives the reaction.
    InvalidValueError
        If a name or an initial value is invalid.
    """
    rows = _part(data, "reactions", list, "this JSON")
    initial = _part(data, "species", dict, "this JSON")
    reactions = [_reaction(row, f"reaction {number}") for number, row in enumerate(rows, start=1)]
    return Network.of(reactions, initial, tuple(initial))


def write_json(network: Network) -> str:
    """Return a network as JSON text with one reaction per line.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(write_json(parse_network("A -> B")).splitlines()[5])
      {"reactants": {"A": 1}, "products": {"B": 1}, "rate": 1.0, "label": ""}
    """
    origin, _ = heading(network)
    data = network_to_json(network)
    rows = ",\n  ".join(map(json.dumps, data.pop("reactions")))
    head = "".join(f" {json.dumps(key)}: {json.dumps(value)},\n" for key, value in data.items())
    return f'{{\n "origin": {json.dumps(origin)},\n{head} "reactions": [\n  {rows}\n ]\n}}\n'


def read_json(text: str, source: str) -> Network:
    """Return the network in a JSON text.

    Parameters
    ----------
    text : str
        An object in the form of `network_to_json`; other keys are ignored.
    source : str
        File name, shown in errors.

    Raises
    ------
    ParseError
        If it is not JSON, with line and column.
    NetworkError
        If it is JSON but not a network; the message gives the reaction.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> network = parse_network("2A -> B [k = 3]  # dimer")
    >>> read_json(write_json(network), "memory") == network
    True
    """
    where = shown_path(source)
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_finite)
        return network_from_json(data)
    except json.JSONDecodeError as error:
        line = error.doc.split("\n")[error.lineno - 1]
        raise ParseError(
            f"not JSON: {error.msg}", line=error.lineno, column=error.colno, excerpt=line, source=where
        ) from None
    except NeuralCRNError as error:
        raise NetworkError(f"{where}: {error}") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # an integer with thousands of digits, or deeply nested brackets
        raise NetworkError(f"{where}: this JSON is not a network: {printable(str(error))}") from None


def _part(data: Any, key: str, kind: type, where: str) -> Any:
    value = data.get(key) if isinstance(data, dict) else None
    if not isinstance(value, kind):
        raise NetworkError(f"{where} is not a network: {key!r} is {shown(value)}: give {_KINDS[kind]}")
    return value


def _reaction(row: Any, where: str) -> Reaction:
    reactants, products = (_part(row, key, dict, where) for key in ("reactants", "products"))
    label = _part(row, "label", str, where)
    try:
        return Reaction.of(reactants, products, rate=row.get("rate"), label=label)
    except NeuralCRNError as error:
        raise NetworkError(f"{where}: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Reject duplicate keys, of which JSON would silently use the last."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NetworkError(f"{printable(twice)!r} is given twice: give it once")
    return made


def _finite(word: str) -> float:
    raise NetworkError(f"{word} is not a finite number: give one")
