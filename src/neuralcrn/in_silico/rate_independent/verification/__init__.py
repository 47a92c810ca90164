"""Verification that the final amounts of a network do not depend on rates."""

from neuralcrn.in_silico.rate_independent.verification.check import Check, RateIndependence
from neuralcrn.in_silico.rate_independent.verification.completion import complete
from neuralcrn.in_silico.rate_independent.verification.programme import maximise_extents
from neuralcrn.in_silico.rate_independent.verification.verify import verify_rate_independence

__all__ = ["Check", "RateIndependence", "complete", "maximise_extents", "verify_rate_independence"]
