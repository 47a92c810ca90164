"""Spike trains: inputs as doses at random times, with statistics that a neuron can learn without targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Dosing
from neuralcrn.errors import InvalidValueError
from neuralcrn.tasks.sampling import check_count, check_real, streams

SPIKE_LIMIT = 1_000_000
"""Largest expected number of spikes."""
_MOST_CHANNELS = 1_000


@final
@dataclass(frozen=True, slots=True, eq=False)
class SpikeTrain:
    """Spikes of several channels.

    Attributes
    ----------
    times : ndarray, shape (n_spikes,), time
        Ascending.
    senders : ndarray, shape (n_spikes,), int
        Channel of every spike.
    channels : int
        Number of channels.
    duration : float, time
        Duration of the train.
    """

    times: NDArray[np.float64]
    senders: NDArray[np.int64]
    channels: int
    duration: float

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of spikes of each channel, shape (channels,)."""
        return np.bincount(self.senders, minlength=self.channels)

    def doses(self, species: Sequence[str], amount: float) -> tuple[Dosing, ...]:
        """Return the spikes as doses of one species per channel.

        Parameters
        ----------
        species : sequence of str
            One name per channel.
        amount : float, concentration
            Dose of a spike.

        Raises
        ------
        InvalidValueError
            If the number of names is not that of the channels.

        Examples
        --------
        >>> train = SpikeTrain(np.array([0.5, 2.0]), np.array([1, 0]), 2, 3.0)
        >>> [(dose.when, dose.added) for dose in train.doses(["X1", "X2"], 5.0)]
        [(0.5, (('X2', 5.0),)), (2.0, (('X1', 5.0),))]
        """
        if len(species) != self.channels:
            raise InvalidValueError(f"{len(species)} species for {self.channels} channels: give one for each")
        spikes = zip(self.times.tolist(), self.senders.tolist(), strict=True)
        return tuple(Dosing(time, ((species[int(sender)], amount),)) for time, sender in spikes)


def frequency_spikes(
    rng: int | np.random.Generator = 0,
    *,
    frequencies: Sequence[float] = (2.0, 1.0, 1.0),
    rate: float = 0.002,
    duration: float = 300_000.0,
) -> SpikeTrain:
    """Return independent Poisson channels with different frequencies.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator.
    frequencies : sequence of float
        Relative frequency of each channel, at least 0.
    rate : float, 1 / time
        Rate of a channel of frequency 1.
    duration : float, time
        Duration of the train.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> train = frequency_spikes(rng=1)
    >>> train.channels, bool(train.counts[0] > 1.7 * train.counts[1])
    (3, True)
    """
    weights = np.array([check_real("frequencies", float(f), 0.0) for f in frequencies])
    check_count("channels", len(weights), _MOST_CHANNELS)
    if not weights.any():
        raise InvalidValueError("option frequencies: all channels are silent: give one a positive frequency")
    (stream,) = streams(rng, 1)
    times = _poisson(stream, rate * weights.sum(), duration)
    senders = stream.choice(len(weights), len(times), p=weights / weights.sum())
    return SpikeTrain(times, senders, len(weights), duration)


def temporal_spikes(
    rng: int | np.random.Generator = 0,
    *,
    channels: int = 3,
    delay: float = 4.74,
    rate: float = 0.002,
    duration: float = 300_000.0,
) -> SpikeTrain:
    """Return Poisson channels of equal frequency, in which the second one always follows the first.

    Channel 1 has no spikes of its own: each of its spikes follows one of channel 0 after the delay.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator.
    channels : int
        Number of channels, at least 2.
    delay : float, time
        Time from a spike of channel 0 to that of channel 1.
    rate : float, 1 / time
        Rate of each channel.
    duration : float, time
        Duration of the train.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> train = temporal_spikes(rng=1)
    >>> first, second = (train.times[train.senders == channel] for channel in (0, 1))
    >>> np.allclose(second - first[: len(second)], 4.74)
    True
    """
    check_count("channels", channels, _MOST_CHANNELS, low=2)
    check_real("delay", delay, 0.0)
    (stream,) = streams(rng, 1)
    times = _poisson(stream, rate * (channels - 1), duration)
    senders = stream.choice([0, *range(2, channels)], len(times))
    followers = times[senders == 0] + delay
    followers = followers[followers < duration]
    every = np.concatenate([times, followers])
    order = np.argsort(every, kind="stable")
    whole = np.concatenate([senders, np.ones(len(followers), dtype=np.int64)])
    return SpikeTrain(every[order], whole[order], channels, duration)


def _poisson(stream: np.random.Generator, rate: float, duration: float) -> NDArray[np.float64]:
    """Return the times of a Poisson process."""
    check_real("duration", duration, 1e-9, 1e12)
    check_real("rate", rate, 0.0)
    if rate * duration > SPIKE_LIMIT:
        raise InvalidValueError(
            f"{rate:g} spikes per unit of time for {duration:g}: {rate * duration:.3g} are expected, at most "
            f"{SPIKE_LIMIT:,} are possible: lower rate, frequencies or duration"
        )
    return np.sort(stream.uniform(0.0, duration, stream.poisson(rate * duration)))
