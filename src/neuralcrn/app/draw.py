"""Drawing of a network."""

from __future__ import annotations

from neuralcrn.app.sources import Source


def draw(source: Source, image: str = "svg") -> bytes:
    """Draw a network of at most 100 reactions.

    Parameters
    ----------
    source : Source
        A file, a phase of a circuit, or a pot.
    image : str
        Format of the picture: ``svg``, ``png`` or ``pdf``.

    Returns
    -------
    bytes
        Contents of the file.

    Raises
    ------
    UnknownNameError, InvalidValueError, ParseError, NetworkError
        If the source cannot be read, compiled or drawn.

    Examples
    --------
    >>> draw(Source("linear", phase="error"))[:4]
    b'<svg'
    """
    from neuralcrn.plots import image_of, network_figure, network_svg

    network = source.network()
    return network_svg(network).encode() if image == "svg" else image_of(network_figure(network), image)
