"""Networks whose simulations are differentiated with respect to parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.app.sources import Source
from neuralcrn.errors import InvalidValueError, printable, shown_path

if TYPE_CHECKING:
    from neuralcrn.app.simulations.columns import Table
    from neuralcrn.chemistry import Network, ParametricNetwork
    from neuralcrn.formats import SbmlModel


def parametric_networks(
    source: Source, models: Sequence[SbmlModel], changes: Sequence[Mapping[str, float]]
) -> list[ParametricNetwork]:
    """Return the networks of models with the parameters of their source, nominal at changed values.

    Parameters
    ----------
    source : Source
        The file or circuit.
    models : sequence of SbmlModel
        The source with each of the changes.
    changes : sequence of mapping from str to float
        The changed values of each model.

    Raises
    ------
    InvalidValueError
        If a changed value is not one of a parameter.
    NetworkError
        If the source has events or laws that depend on the time.
    """
    from neuralcrn.chemistry import ParametricNetwork

    base = source.parametric()
    if base == ParametricNetwork.of(base.network):  # there are no other parameters than its constants
        return [ParametricNetwork.of(model.network) for model in models]
    made: list[ParametricNetwork] = []
    for model, change in zip(models, changes, strict=True):
        values = base.values({_parameter(name, base): value for name, value in change.items()})
        network = base.at(values)
        if not _is_same(network, model.network):
            raise InvalidValueError(
                f"{shown_path(source.name)}: {', '.join(change)}: sensitivities are not supported with these "
                "changed values: change them in the file"
            )
        made.append(replace(base, network=network, nominal=tuple(values.values())))
    return made


def check_sizes(source: Source, table: Table, names: Sequence[str]) -> None:
    """Reject the size of a compartment as a parameter, if the table divides amounts by it or multiplies
    concentrations with it.
    """
    model = table.model
    if np.all(table.shown(np.ones((1, len(model.network.species)))) == 1.0):
        return
    for name in model.constants.keys() & set(names):
        (other,) = source.models([{name: 1.5 * model.constants[name] + 1.0}])
        if other.sizes != model.sizes:
            raise InvalidValueError(
                f"{printable(name)}: is the size of a compartment: sensitivities with respect to it are only "
                f"given in units of {model.unit}"
            )


def _parameter(name: str, base: ParametricNetwork) -> str:
    """Return the parameter by the name of a changed value: its own, that of a species, or ``R.k``."""
    for known in (name, f"{name}_0", name.replace(".", "_")):
        if known in base.parameters:
            return known
    raise InvalidValueError(
        f"{printable(name)}: the file has no such parameter, so it cannot be changed with sensitivities: its "
        f"parameters are {', '.join(base.parameters)}"
    )


def _is_same(one: Network, other: Network) -> bool:
    """Return whether two networks have the same species, rate constants and initial concentrations, up to
    rounding.
    """
    if one.species != other.species or len(one.reactions) != len(other.reactions):
        return False
    pairs = [
        *zip((r.rate for r in one.reactions), (r.rate for r in other.reactions), strict=True),
        *zip(one.initial, other.initial, strict=True),
    ]
    return bool(np.allclose(*np.array(pairs).reshape(-1, 2).T, rtol=1e-9, atol=0.0))
