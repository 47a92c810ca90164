"""Conversion of a network between formats."""

from __future__ import annotations

from neuralcrn.app.sources import Source


def convert(source: Source, format: str) -> str:
    """Return a network in another format.

    Parameters
    ----------
    source : Source
        A file, a phase of a circuit, or a pot.
    format : str
        Name of a writable format.

    Raises
    ------
    UnknownNameError, InvalidValueError, ParseError, NetworkError
        If the source cannot be read or compiled, or the format cannot express it.

    Examples
    --------
    >>> print(convert(Source("linear", phase="error"), "crn").splitlines()[-1])
    e1_p + e1_n -> 0 [k = 100]  # e[0]: annihilation
    """
    from neuralcrn.formats import find_format, network_text

    written = find_format(format).name
    return network_text(source.network(), written)
