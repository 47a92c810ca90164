"""Partition of channels for hybrid simulation, at every step and from the counts; see `hybrid`."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.native.channels import Channels, propensity
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.jumps import (
    AT_BEFORE,
    AT_DRIFT,
    AT_FIRED,
    AT_LIMITS,
    AT_LOSSES,
    AT_MEANS,
    AT_OWNERS,
    AT_PREDICTED,
    AT_SCARCE,
    AT_SPREAD,
    CYCLIC,
    INFLUENTIAL,
    ORDER,
    OWNABLE,
    TOUCHING,
    TOUCHING_POINTER,
)

_SCARCE, _PLENTIFUL = 10.0, 20.0  # firings that exhaust a reactant: jumps begin below, and end above

Partition = namedtuple(
    "Partition",
    "order cyclic influential pointer touching ownable scarce owners fired before means predicted losses "
    "limits first drift",
)
"""Views of what a step needs, per channel or species; see `jumps`. `first` and `drift` are the mean rates of
change of species in both predictions.
"""


@kernel
def partition_of(integers, base, channels, scratch):
    """Return the views."""
    size = len(channels.species)
    return Partition(
        integers[integers[base + ORDER] :][:size],
        integers[integers[base + CYCLIC] :],
        integers[integers[base + INFLUENTIAL] :],
        integers[integers[base + TOUCHING_POINTER] :],
        integers[integers[base + TOUCHING] :],
        integers[integers[base + OWNABLE] :],
        scratch[integers[base + AT_SCARCE] :][: channels.size],
        scratch[integers[base + AT_OWNERS] :][: channels.size],
        scratch[integers[base + AT_FIRED] :][: channels.size],
        scratch[integers[base + AT_BEFORE] :][:size],
        scratch[integers[base + AT_MEANS] :][: size + 1],
        scratch[integers[base + AT_PREDICTED] :][:size],
        scratch[integers[base + AT_LOSSES] :][:size],
        scratch[integers[base + AT_LIMITS] :][:size],
        scratch[integers[base + AT_SPREAD] :][:size],
        scratch[integers[base + AT_DRIFT] :][:size],
    )


@kernel
def averaged(channels, means):
    """Return the channels with means over a step in place of counts."""
    return Channels(
        channels.size,
        channels.species,
        means,
        channels.weights,
        channels.propensities,
        channels.first,
        channels.second,
        channels.offset,
        channels.high,
        channels.further_pointer,
        channels.further,
        channels.further_offset,
        channels.change_pointer,
        channels.changed,
        channels.change,
    )


@kernel
def divide(channels, parts):
    """Assign every channel to its owner, or to none (-1), and mark those that fire in jumps.

    Return the sum of all propensities, and that of the marked channels.
    """
    total, of_scarce = 0.0, 0.0
    for channel in range(channels.size):
        fewest, firings, owner = np.inf, np.inf, -1
        for i in range(channels.change_pointer[channel], channels.change_pointer[channel + 1]):
            there, change = channels.counts[at(channels.changed[i])], channels.change[i]
            if change < 0.0:
                firings = min(firings, there // -change)
                if there < fewest:
                    fewest, owner = there, channels.changed[i] if parts.ownable[i] else -1
        scarce = firings < (_PLENTIFUL if parts.scarce[channel] > 0.0 else _SCARCE)
        if scarce and owner >= 0 and not parts.cyclic[owner]:
            scarce = False
        parts.scarce[channel] = 1.0 if scarce else 0.0
        parts.owners[channel] = -1.0 if scarce else owner
        value = max(0.0, propensity(channels, channel))
        total += value
        of_scarce += parts.scarce[channel] * value
    return total, of_scarce


@kernel
def rate_per_molecule(mean, channel, species):
    """Return the propensity of an owned channel per molecule of its owner."""
    there = mean.counts[species]
    mean.counts[species] = 1.0
    value = propensity(mean, channel)
    mean.counts[species] = there
    return value


@kernel
def change_of(channels, channel, species):
    """Return the net change of a species by a channel."""
    for i in range(channels.change_pointer[channel], channels.change_pointer[channel + 1]):
        if channels.changed[i] == species:
            return channels.change[i]
    return 0.0
