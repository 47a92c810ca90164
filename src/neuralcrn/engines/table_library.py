"""Optional libraries for tables, pandas and xarray, imported on use."""

from __future__ import annotations

import importlib
from typing import Any

from neuralcrn.errors import InvalidValueError


def table_library(name: str) -> Any:
    """Return the module of a library, or raise an error that tells how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InvalidValueError(f"tables of {name} need it: install the extra 'neuralcrn[tables]'") from error
