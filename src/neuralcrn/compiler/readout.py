"""The map from states to outputs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Readout:
    """The linear map from final states to outputs.

    Attributes
    ----------
    outputs : int
        Number of outputs.
    trained : bool
        Whether the weights are trained parameters; otherwise every weight is `weight`.
    weight : float, dimensionless
        The fixed weight.
    bias : bool
        Whether a trained bias is added to every output.
    accumulated : bool
        Whether the single output accumulates directly in the error, instead of in states, after the target is
        dosed with a negative sign. Then no states, readout or target species are needed. Requires that f does
        not depend on the states and that the weight is fixed.
    states : str
        Name of the array of states that are read; all states if empty.
    activation : str
        Function of the states that is read, one of `neuralcrn.compiler.activation.ACTIVATIONS`.
    scales : tuple of (float, float)
        Centre (concentration) and gain (dimensionless) of every state that is read: what is read is gain (z -
        centre). If empty, the states themselves are read.
    output_activation : str
        Function of the weighted sums that the outputs are: ``identity``, ``sigmoid`` or ``tanh``.
    """

    outputs: int = 1
    trained: bool = False
    weight: float = 1.0
    bias: bool = False
    accumulated: bool = False
    states: str = ""
    activation: str = "identity"
    scales: tuple[tuple[float, float], ...] = ()
    output_activation: str = "identity"

    @property
    def is_plain(self) -> bool:
        """Whether the states are read as they are, and are the outputs."""
        return self.activation == self.output_activation == "identity" and not self.scales
