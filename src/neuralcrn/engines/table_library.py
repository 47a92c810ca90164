"""pandas and xarray, loaded where a table of theirs is asked for."""

from __future__ import annotations

import importlib
from typing import Any

from neuralcrn.errors import InvalidValueError


def table_library(name: str) -> Any:
    """Return the module of a library, or say how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InvalidValueError(f"tables of {name} need it: install the extra 'neuralcrn[tables]'") from error
