"""The files of a PEtab problem, which its YAML file lists."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

from neuralcrn.errors import DataError, InvalidValueError, printable, shown_path
from neuralcrn.files import read_text

Version = Literal[1, 2]


@final
@dataclass(frozen=True, slots=True)
class Files:
    """Paths of the files of a problem.

    Attributes
    ----------
    source : str
        Path of the YAML file.
    version : {1, 2}
        Version of PEtab.
    model : Path
        The SBML file.
    parameters, conditions, experiments, observables, measurements, mappings : tuple of Path
        The tables of each kind.
    """

    source: str
    version: Version
    model: Path
    parameters: tuple[Path, ...]
    conditions: tuple[Path, ...]
    experiments: tuple[Path, ...]
    observables: tuple[Path, ...]
    measurements: tuple[Path, ...]
    mappings: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Name of the problem: that of its folder if the YAML file has a general name."""
        path = Path(self.source)
        return path.resolve().parent.name if path.stem in ("problem", "petab") else path.stem


def read_files(path: str | os.PathLike[str]) -> Files:
    """Return the files that a YAML file lists.

    Raises
    ------
    InvalidValueError
        If PyYAML is not installed, or the file cannot be read.
    DataError
        If it is not the YAML file of a problem with one SBML model.
    """
    source = shown_path(path)
    content = _loaded(read_text(path), source)
    folder = Path(path).parent
    version = str(content.get("format_version", ""))
    if version.split(".")[0] not in ("1", "2"):
        raise DataError(
            f"{source}: format_version is {printable(version)!r}: versions 1 and 2 of PEtab are read"
        )
    if version.startswith("1"):
        return _first_version(content, source, folder)
    return _second_version(content, source, folder)


def _first_version(content: Mapping[str, Any], source: str, folder: Path) -> Files:
    problems = content.get("problems")
    if not isinstance(problems, list) or len(problems) != 1 or not isinstance(problems[0], dict):
        raise DataError(f"{source}: problems: one problem is read, in a list of one mapping")
    listed: Mapping[str, Any] = problems[0]
    return Files(
        source,
        1,
        _only(_paths(listed, "sbml_files", source, folder), source),
        _paths(content, "parameter_file", source, folder),
        _paths(listed, "condition_files", source, folder),
        (),
        _paths(listed, "observable_files", source, folder),
        _paths(listed, "measurement_files", source, folder),
        (),
    )


def _second_version(content: Mapping[str, Any], source: str, folder: Path) -> Files:
    models = content.get("model_files")
    if not isinstance(models, dict) or not all(isinstance(entry, dict) for entry in models.values()):
        raise DataError(f"{source}: model_files: give one model, with its location and language")
    for name, entry in models.items():
        if entry.get("language") != "sbml":
            raise DataError(
                f"{source}: model_files: {printable(str(name))} is in the language "
                f"{printable(str(entry.get('language')))!r}: sbml is read"
            )
    for name in content.get("extensions") or ():
        raise DataError(f"{source}: extensions: {printable(str(name))!r} is not supported")
    locations = {"model_files": [entry.get("location") for entry in models.values()]}
    return Files(
        source,
        2,
        _only(_paths(locations, "model_files", source, folder), source),
        _paths(content, "parameter_files", source, folder),
        *(
            _paths(content, f"{kind}_files", source, folder, optional=kind != "observable")
            for kind in ("condition", "experiment", "observable", "measurement", "mapping")
        ),
    )


def _loaded(text: str, source: str) -> Mapping[str, Any]:
    try:
        import yaml
    except ImportError as error:
        raise InvalidValueError("PEtab is read by PyYAML: pip install 'neuralcrn[fit]'") from error
    try:
        content: Any = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        what = getattr(error, "problem", None) or "it is nested too deeply"
        raise DataError(f"{source}{where}: not YAML: {printable(str(what))}") from None
    if not isinstance(content, dict):
        raise DataError(f"{source}: not the YAML file of a PEtab problem: it is no mapping")
    return content


def _paths(
    content: Mapping[str, Any], key: str, source: str, folder: Path, *, optional: bool = False
) -> tuple[Path, ...]:
    """Return the files under a key, which may be one or a list."""
    value = content.get(key)
    if optional and not value:
        return ()
    given: list[Any] = value if isinstance(value, list) else [value]
    names = [name for name in given if isinstance(name, str) and name]
    if not names or len(names) < len(given):
        raise DataError(f"{source}: {key}: give the name of a file, or a list of names")
    for name in names:
        if not (folder / name).is_file():
            raise DataError(f"{source}: {key}: there is no file {printable(str(folder / name), 200)}")
    return tuple(folder / name for name in names)


def _only(paths: tuple[Path, ...], source: str) -> Path:
    if len(paths) != 1:
        raise DataError(f"{source}: {len(paths)} models: problems with one model are read")
    return paths[0]
