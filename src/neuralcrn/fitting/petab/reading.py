"""Read a PEtab problem as a problem of a fit."""

from __future__ import annotations

import os

from neuralcrn.files import read_text
from neuralcrn.fitting.petab.assembly import assembled
from neuralcrn.fitting.petab.files import read_files
from neuralcrn.fitting.petab.version1 import read_first_version
from neuralcrn.fitting.petab.version2 import read_second_version
from neuralcrn.fitting.problem import FitProblem


def read_petab(path: str | os.PathLike[str]) -> FitProblem:
    """Return the problem of a fit that a PEtab problem of version 1 or 2 describes.

    Parameters
    ----------
    path : path
        The YAML file of the problem, with one SBML model whose laws are mass action.

    Returns
    -------
    FitProblem

    Raises
    ------
    InvalidValueError
        If a file cannot be read, or PyYAML or libSBML is not installed.
    DataError
        If a table is invalid, with file, row and column.
    ParseError, NetworkError
        If the model is not mass action, with its line and element, or uses a feature that is not supported.
    """
    files = read_files(path)
    contents = (read_first_version if files.version == 1 else read_second_version)(files)
    return assembled(contents, read_text(files.model), files.model.name, files.name)
