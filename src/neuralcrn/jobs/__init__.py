"""Jobs that run in parallel, on this machine or on a cluster, with cached results, one file per job."""

from neuralcrn.jobs.cluster import Cluster
from neuralcrn.jobs.job import Job, JobResult
from neuralcrn.jobs.processes import Processes
from neuralcrn.jobs.running import JobCounter, choose_workers, collect, compute
from neuralcrn.jobs.store import Store
from neuralcrn.jobs.workers import JobFailure, Workers

__all__ = [
    "Cluster",
    "Job",
    "JobCounter",
    "JobFailure",
    "JobResult",
    "Processes",
    "Store",
    "Workers",
    "choose_workers",
    "collect",
    "compute",
]
