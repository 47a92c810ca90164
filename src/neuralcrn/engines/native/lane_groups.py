"""Works of several programs of the same structure, executed together in lanes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.base import Vector
from neuralcrn.engines.native.lane_code import LaneCode
from neuralcrn.engines.native.lowering import LoweredProgram
from neuralcrn.engines.native.randomness import STATE_SIZE
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.work import Learning, Predicting


class Own(NamedTuple):
    """What the executable of a work has of its own.

    Attributes
    ----------
    program : LoweredProgram
        The program, with rate constants and doses of its own.
    seed, stream : int
        Seed of the random doses, and stream of those of the first sample.
    """

    program: LoweredProgram
    seed: int
    stream: int


class Ending(NamedTuple):
    """How a lane has ended: outcome, samples done, phase, time in the phase, species of the largest
    concentration.
    """

    outcome: int
    done: int
    phase: int
    time: float
    largest: int


def structure_of(lowered: LoweredProgram, controls: Any) -> str:
    """Return a hash of everything that programs executed together have in common: all but their numbers."""
    arrays = (
        lowered.systems.integers,
        lowered.blocks,
        lowered.starts,
        lowered.flushed,
        lowered.firsts,
        lowered.cycle,
        lowered.training.table,
        lowered.prediction.table,
        controls.atol,
    )
    limits = (controls.rtol, controls.max_steps, len(lowered.positions))
    parts = (*(array.tobytes() for array in arrays), repr(limits).encode())
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def learn_together(
    works: Sequence[Learning], own: Sequence[Own], controls: Any, code: LaneCode
) -> list[Ending]:
    """Execute calls of `Executable.learn`, one in each lane.

    Parameters
    ----------
    works, own : sequence of Learning and of Own
        At most one for each lane, of programs of the same structure.
    controls : Controls
        Accuracy of all.
    code : LaneCode
        Functions for their structure.
    """
    from neuralcrn.engines.native.lane_execution import learn_lanes
    from neuralcrn.engines.native.lanes import LANE_COUNT

    counts = [len(work.order) for work in works]
    features = _stacked([work.features[work.order] for work in works])
    targets = _stacked([work.targets[work.order] for work in works])
    measured, times = np.zeros(targets.shape), np.zeros((len(features), LANE_COUNT))
    protocols = [
        program.protocols(work.begun, work.part) for work, (program, *_) in zip(works, own, strict=True)
    ]
    pots, ends = _pots(own, [work.pot for work in works], targets.shape[2]), _ends(counts)
    begin = time.perf_counter()
    learn_lanes(
        protocols[0],
        _stacked([chosen.numbers for chosen in protocols]),
        own[0].program.arrays()._replace(functions=code.functions),
        pots,
        features,
        targets,
        measured,
        times,
        works[0].limit,
        controls,
        ends,
    )
    code.count(time.perf_counter() - begin)
    for lane, (work, count) in enumerate(zip(works, counts, strict=True)):
        work.pot[:] = pots.state[:, lane]
        work.errors[:], work.times[:] = measured[:count, lane], times[:count, lane]
    return [_ending(ends, lane) for lane in range(len(works))]


def predict_together(
    works: Sequence[Predicting], own: Sequence[Own], controls: Any, code: LaneCode
) -> list[Ending]:
    """Execute calls of `Executable.predict`; the rows of each are distributed to several lanes.

    Parameters are those of `learn_together`.
    """
    from neuralcrn.engines.native.lane_execution import predict_lanes
    from neuralcrn.engines.native.lanes import LANE_COUNT

    share = LANE_COUNT // len(works)
    parts = [(k, *edges) for k, work in enumerate(works) for edges in _edges(work, share)]
    of_lanes = [own[k]._replace(stream=own[k].stream + begin) for k, begin, _ in parts]
    features = _stacked([works[k].features[begin:end] for k, begin, end in parts])
    measured = np.zeros((*features.shape[:2], works[0].outputs.shape[1]))
    pots = _pots(of_lanes, [works[k].pot for k, _, _ in parts], works[0].outputs.shape[1])
    pots.before[:] = pots.state
    ends = _ends([end - begin for _, begin, end in parts])
    same = own[0].program
    begin_time = time.perf_counter()
    predict_lanes(
        same.prediction,
        _stacked([program.prediction.numbers for program, *_ in of_lanes]),
        same.arrays()._replace(functions=code.functions),
        pots,
        works[0].series,
        features,
        measured,
        controls,
        ends,
    )
    code.count(time.perf_counter() - begin_time)
    found: dict[int, Ending] = {}
    for lane, (k, begin, end) in enumerate(parts):
        works[k].outputs[begin:end] = measured[: end - begin, lane]
        ending = _ending(ends, lane)
        if k not in found or found[k].outcome == Outcome.SUCCESS:
            found[k] = ending._replace(done=begin + ending.done)
    return [found[k] for k in range(len(works))]


def _edges(work: Predicting, share: int) -> list[tuple[int, int]]:
    """Return ranges of the rows of a work for some lanes, whole series each."""
    whole = len(work.features) // work.series
    edges = work.series * np.linspace(0, whole, min(share, max(1, whole)) + 1).astype(np.int64)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _stacked(arrays: Sequence[Vector]) -> Vector:
    """Return arrays, possibly of different lengths, with the lanes as second axis."""
    from neuralcrn.engines.native.lanes import LANE_COUNT

    joined = np.zeros((max(map(len, arrays)), LANE_COUNT, *arrays[0].shape[1:]))
    for lane, array in enumerate(arrays):
        joined[: len(array), lane] = array
    return joined


def _pots(own: Sequence[Own], contents: Sequence[Vector], outputs: int) -> Any:
    """Return the matrices of the lanes, `lane_execution.Pots`."""
    from neuralcrn.engines.native.lane_execution import Pots
    from neuralcrn.engines.native.lane_integration import NUMBERS
    from neuralcrn.engines.native.lanes import LANE_COUNT, lane_matrix

    program = own[0].program
    state, floats = lane_matrix(len(contents[0])), lane_matrix(len(program.systems.floats))
    for lane, ((chosen, *_), pot) in enumerate(zip(own, contents, strict=True)):
        state[:, lane], floats[:, lane] = pot, chosen.systems.floats
    return Pots(
        state=state,
        before=lane_matrix(len(state)),
        read=lane_matrix(outputs),
        floats=floats,
        scratch=lane_matrix(program.scratch_size),
        saved=lane_matrix(max(reduction.integral_count for reduction in program.reductions)),
        lanes=lane_matrix(NUMBERS),
        random_state=np.zeros((LANE_COUNT, STATE_SIZE), dtype=np.uint64),
        seeds=_integers([seed for _, seed, _ in own]),
        streams=_integers([stream for _, _, stream in own]),
    )


def _integers(values: Sequence[int]) -> NDArray[np.int64]:
    from neuralcrn.engines.native.lanes import LANE_COUNT

    return np.array([*values, *[0] * (LANE_COUNT - len(values))], dtype=np.int64)


def _ends(counts: Sequence[int]) -> Any:
    """Return `lane_execution.Ends` before the first sample."""
    from neuralcrn.engines.native.lane_execution import Ends
    from neuralcrn.engines.native.lanes import LANE_COUNT

    return Ends(
        done=_integers(counts),
        outcome=_integers([]),
        phase=_integers([]),
        largest=_integers([]),
        time=np.zeros(LANE_COUNT),
        elapsed=np.zeros(LANE_COUNT),
    )


def _ending(ends: Any, lane: int) -> Ending:
    return Ending(
        int(ends.outcome[lane]),
        int(ends.done[lane]),
        int(ends.phase[lane]),
        float(ends.time[lane]),
        int(ends.largest[lane]),
    )
