"""Random errors by name: what is disturbed has the same error in every circuit, and alone or with others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def normal_of(keys: Iterable[object], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a standard normal number for each key.

    It depends on the key and on the next number of the generator, not on the other keys. Keys are
    distinguished by their `repr`.

    Examples
    --------
    >>> two, one = (normal_of(keys, np.random.default_rng(0)) for keys in ("ab", "b"))
    >>> bool(two[1] == one[0] != two[0])
    True
    """
    from scipy.special import ndtri

    salt = rng.bytes(16)
    hashes = (hashlib.blake2b(repr(key).encode(), digest_size=8, salt=salt) for key in keys)
    words = np.array([int.from_bytes(found.digest(), "big") >> 11 for found in hashes], dtype=np.float64)
    return np.asarray(ndtri((words + 0.5) * 2.0**-53))
