"""A circuit: leaky integrators, whose states forget at unit rate."""

from neuralcrn.circuits import Distribution, EquationFamily, Options

LEAKY = EquationFamily(
    name="leaky",
    summary="leaky integrators with element-wise weights",
    represents="Planes, with an intercept from the constant that pads the inputs.",
    equation="theta*x + h - z",
    shapes={"theta": ("hidden",)},
    states=lambda inputs: inputs + 1,
    defaults=Options(horizon=0.5, learning_rate=0.2),
    initial={"theta": Distribution("uniform", 0.1, 0.5)},
)
