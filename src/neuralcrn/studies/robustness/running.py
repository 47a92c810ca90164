"""Trials of a sweep in parallel processes, with results that are kept in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from neuralcrn.engines.work import Working
from neuralcrn.errors import RunError
from neuralcrn.files import read_json, write_json
from neuralcrn.jobs import Job, JobCounter, Store, Workers, collect
from neuralcrn.runs.spec_file import SEAL, spec_from_json, spec_to_json
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.studies.robustness.cases import Case, disturbed
from neuralcrn.studies.robustness.parts import parts_of
from neuralcrn.studies.robustness.report import RobustnessReport
from neuralcrn.studies.robustness.scoring import Score, scoring
from neuralcrn.studies.robustness.sweep import Sweep, Trial

SWEEP = "sweep.json"
_VERSION = "version"


def run_sweep(
    sweep: Sweep, folder: Path, workers: Workers, on_status: OnStatus = ignore_status
) -> RobustnessReport:
    """Compute the missing results of a sweep in a folder, and return the report.

    Where a disturbance of reactions is not tolerated, each part of the circuit is then disturbed alone, at
    the first strength that is not tolerated. After an interruption the same call continues, and existing
    results are reused with more seeds, circuits or other strengths. Neither interruptions nor the workers
    affect the results.

    Raises
    ------
    RunError
        If the folder is not writable, or contains another sweep.
    """
    described = _described(folder / SWEEP, sweep)
    store = Store(folder / "trials")
    write_json(folder / SWEEP, described)

    def scores(what: str, trials: Sequence[Trial]) -> dict[Trial, Score]:
        alike = sorted(trials, key=lambda trial: (trial.circuit, trial.case.kind))
        jobs = {trial: _job(sweep, trial) for trial in alike}
        counter = JobCounter(what, len(jobs), on_status)
        results = collect(list(jobs.values()), store, workers, counter)
        return {trial: Score(**results[jobs[trial].name].value) for trial in trials}

    report = RobustnessReport(sweep, scores("robustness", sweep.trials))
    alone = [trial for circuit in sweep.specs for trial in _trials_of_parts(report, circuit)]
    return replace(report, scores={**report.scores, **scores("parts", alone)}) if alone else report


def attempt(
    spec: Mapping[str, Any], cases: Sequence[tuple[str, float, str]], readings: int = 1
) -> Working[Score]:
    """Train a perturbed program, together with others.

    Parameters
    ----------
    spec : mapping
        Output of `spec_to_json`, because jobs are identified by plain values.
    cases : sequence of tuple
        Name, strength and part of each disturbance, see `Case`.
    readings : int
        Number of readings for a prediction, if they differ.
    """
    chosen = spec_from_json(spec, Path("trial"))
    task = chosen.make_task()
    disturbances = (Case(*case) for case in cases)
    tried, program = disturbed(chosen, chosen.make_program(task), disturbances, readings)
    return (yield from scoring(tried, task, program))


def _trials_of_parts(report: RobustnessReport, circuit: str) -> list[Trial]:
    """Return trials in which one part is disturbed alone, for each disturbance that is not tolerated."""
    sweep = report.sweep
    spec = sweep.specs[circuit]
    failing = [case for case in report.failing(circuit) if case.can_be_restricted]
    parts = parts_of(spec.make_program(spec.make_task())) if failing else ()
    cases = (replace(case, part=part) for case in failing for part in parts)
    return list(sweep.trials_of(circuit, cases))


def _job(sweep: Sweep, trial: Trial) -> Job:
    spec = spec_to_json(replace(sweep.specs[trial.circuit], seed=trial.seed))
    cases = (*sweep.always, trial.case)
    return Job(
        trial.name,
        attempt,
        (spec, tuple(map(astuple, cases)), sweep.readings),
        alone=any(case.is_stochastic for case in cases),
        kind=(trial.circuit, *trial.case.kind),
    )


def _described(path: Path, sweep: Sweep) -> dict[str, Any]:
    """Return the contents of the file that describes a sweep; reject a folder that contains another one."""
    specs = {circuit: spec_to_json(spec) for circuit, spec in sweep.specs.items()}
    present = [list(astuple(case)) for case in sweep.always]
    own: dict[str, Any] = {"circuits": specs, "always": present, "readings": sweep.readings}
    if not path.exists():
        return own
    there = read_json(path)
    if not (isinstance(there, dict) and isinstance(there.get("circuits"), dict)):
        raise RunError(f"{path}: this is no description of a sweep: choose another --out")
    earlier = there["circuits"]
    differing = [key for key in own if key != "circuits" and own[key] != there.get(key)]
    for circuit in specs.keys() & earlier.keys():
        differing += [
            key
            for key, value in specs[circuit].items()
            if key not in (SEAL, _VERSION) and value != earlier[circuit].get(key)
        ]
    if differing:
        raise RunError(
            f"{path.parent}: contains another sweep ({', '.join(differing)} differ, see "
            f"{path.name}): choose another --out"
        )
    return {**own, "circuits": {**earlier, **specs}}
