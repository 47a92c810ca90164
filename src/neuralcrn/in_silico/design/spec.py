"""Description of a design in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.errors import InvalidValueError

MAX_CHAMBERS = 10


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DesignSpec:
    """Goals, and the candidates among which a training chooses; `make_problem` prepares it.

    Attributes
    ----------
    goals : tuple of str
        Goals; see `parse_goal`.
    species : tuple of str
        Species of a chamber; by default those of goals, initial concentrations, inputs and candidates.
    family : str
        Name of a family of candidates, `FAMILIES`.
    candidates : str
        Candidates in the text format, in place of a family; their rate constants are ignored.
    chambers : int
        Number of chambers in a row; the species A is A_1, A_2, ... if there are several.
    initial : tuple of (str, float), concentration
        Initial concentrations of species of one chamber, such as A_1, or of every chamber, such as A. Species
        of an oscillation begin in phase by default, in every chamber.
    inputs : tuple of (str, tuple of float), concentration
        Species whose initial concentration differs between runs, with their values.

    Raises
    ------
    InvalidValueError
        If there are no goals, or the number of chambers is out of range.
    """

    goals: tuple[str, ...]
    species: tuple[str, ...] = ()
    family: str = "conserving"
    candidates: str = ""
    chambers: int = 1
    initial: tuple[tuple[str, float], ...] = ()
    inputs: tuple[tuple[str, tuple[float, ...]], ...] = ()

    def __post_init__(self) -> None:
        if not self.goals:
            raise InvalidValueError("no goals: give at least one, such as 'B > 0.6 in 4:8'")
        if not 1 <= self.chambers <= MAX_CHAMBERS:
            raise InvalidValueError(f"chambers = {self.chambers}: give a number from 1 to {MAX_CHAMBERS}")
