"""Jobs that run in parallel processes, with cached results, one file per job."""

from neuralcrn.jobs.job import Job, JobResult
from neuralcrn.jobs.processes import process_count
from neuralcrn.jobs.running import JobCounter, collect, compute
from neuralcrn.jobs.store import Store

__all__ = ["Job", "JobCounter", "JobResult", "Store", "collect", "compute", "process_count"]
