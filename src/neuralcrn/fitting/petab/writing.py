"""Write the problem of a fit as a PEtab problem."""

from __future__ import annotations

import os
from pathlib import Path

from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.files import write_text
from neuralcrn.fitting.petab.files import Version
from neuralcrn.fitting.petab.writing1 import first_version_tables
from neuralcrn.fitting.petab.writing2 import second_version_tables
from neuralcrn.fitting.problem import FitProblem
from neuralcrn.formats.sbml import write_sbml

YAML = "problem.yaml"
"""Name of the file that lists the others."""
_FIRST_YAML = """format_version: 1
parameter_file: parameters.tsv
problems:
- sbml_files: [model.xml]
  condition_files: [conditions.tsv]
  observable_files: [observables.tsv]
  measurement_files: [measurements.tsv]
"""
_SECOND_YAML = """format_version: 2.0.0
model_files:
  model: {location: model.xml, language: sbml}
parameter_files: [parameters.tsv]
condition_files: [conditions.tsv]
experiment_files: [experiments.tsv]
observable_files: [observables.tsv]
measurement_files: [measurements.tsv]
"""


def write_petab(problem: FitProblem, folder: str | os.PathLike[str], *, version: Version = 2) -> Path:
    """Write the problem of a fit as a PEtab problem with an SBML model, one file per table.

    Parameters
    ----------
    problem : FitProblem
        The problem.
    folder : path
        Folder for the files, created if it does not exist. Files of the same names are replaced.
    version : {1, 2}
        Version of PEtab. Version 1 has no doses; version 2 has no scales of parameters, and is read with
        logarithmic ones where the lower bounds are positive.

    Returns
    -------
    Path
        The YAML file, which `neuralcrn.fitting.petab.read_petab` reads.

    Raises
    ------
    DataError
        If the version cannot express a part of the problem, which is named.
    InvalidValueError
        If there is no such version, or the folder cannot be created.
    RunError
        If a file cannot be written.
    """
    if version not in (1, 2):
        raise InvalidValueError(f"version = {version!r}: versions 1 and 2 of PEtab are written")
    tables = first_version_tables(problem) if version == 1 else second_version_tables(problem)
    texts = {f"{name}.tsv": "".join("\t".join(row) + "\n" for row in rows) for name, rows in tables.items()}
    texts["model.xml"] = write_sbml(problem.network)
    texts[YAML] = _FIRST_YAML if version == 1 else _SECOND_YAML
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        shown = printable(str(target), 200)
        raise InvalidValueError(f"{shown}: the folder cannot be created: {error.strerror}") from error
    for name, text in texts.items():
        write_text(target / name, text)
    return target / YAML
