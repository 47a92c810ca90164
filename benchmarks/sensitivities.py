"""Time per gradient of a trajectory: forward sensitivities, compared with finite differences.

A protein with 1, 3 and 6 sites, phosphorylated and dephosphorylated in order by two enzymes, has 10, 24 and
45 rate constants and initial concentrations. All are differentiated, at 21 times. libRoadRunner (CVODE) needs
one simulation more than there are parameters for differences; its own forward sensitivities (CVODES) are
those of the rate constants. Our machine code is generated once the gradients have taken as long as that
takes, as in a fit. diffrax differentiates its method Kvaerno5 forward, compiled, if installed. All
have the same tolerances. Errors are those of p dx/dp, relative to the largest one of each parameter, from
our engine at a tolerance of 1e-11.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import ParametricNetwork, parse_network
from neuralcrn.engines import SensitivitySolver
from neuralcrn.formats import write_sbml

Values = NDArray[np.float64]
SITES, T_END, RTOL, ATOL = (1, 3, 6), 10.0, 1e-6, 1e-10
TIMES = np.linspace(0.0, T_END, 21)
GRADIENTS, FEW = 5_000, 500
CHANGE = 1e-4  # relative change of a parameter in a finite difference


def protein(sites: int) -> ParametricNetwork:
    """Return the network, with rate constants drawn once."""
    rng = np.random.default_rng(sites)
    lines: list[str] = []
    for i in range(sites):
        k = (10.0 ** rng.uniform(-0.5, 1.0, size=6)).tolist()
        lines += [
            f"E + S{i} <-> ES{i} [kf = {k[0]}, kr = {k[1]}]",
            f"ES{i} -> E + S{i + 1} [k = {k[2]}]",
            f"F + S{i + 1} <-> FS{i + 1} [kf = {k[3]}, kr = {k[4]}]",
            f"FS{i + 1} -> F + S{i} [k = {k[5]}]",
        ]
    start = {f"S{i}": 0.1 for i in range(sites + 1)} | {"S0": 1.0, "E": 0.5, "F": 0.3}
    lines += [f"{name} @initial {value}" for name, value in start.items()]
    return ParametricNetwork.of(parse_network("\n".join(lines)))


def ours(network: ParametricNetwork, rtol: float = RTOL, atol: float = ATOL) -> Callable[[], Values]:
    """Return the function that computes the sensitivities by our engine."""
    solver = SensitivitySolver.of(network, rtol=rtol, atol=atol)

    def gradient() -> Values:
        found = solver.run(network.nominal, T_END, TIMES).sensitivities
        assert found is not None
        return found.values

    return gradient


def ours_in_a_fit(network: ParametricNetwork) -> Callable[[], Values]:
    """Return the same after `GRADIENTS` gradients, when machine code is used."""
    gradient = ours(network)
    for _ in range(GRADIENTS):
        gradient()
    return gradient


def simulator_of(network: ParametricNetwork) -> Any:
    """Return libRoadRunner with the network."""
    simulator = importlib.import_module("roadrunner").RoadRunner(write_sbml(network))
    simulator.integrator.setValue("relative_tolerance", RTOL)
    simulator.integrator.setValue("absolute_tolerance", ATOL)
    simulator.timeCourseSelections = [f"[{name}]" for name in network.network.species]
    return simulator


def roadrunner_differences(network: ParametricNetwork) -> Callable[[], Values]:
    """Return the function that computes finite differences by libRoadRunner."""
    simulator = simulator_of(network)

    def course(name: str, value: float) -> Values:
        simulator.resetToOrigin()
        simulator.setValue(name, value)
        simulator.reset()
        return np.array(simulator.simulate(0.0, T_END, len(TIMES)))

    def gradient() -> Values:
        pairs = list(zip(network.parameters, network.nominal, strict=True))
        base = course(*pairs[0])
        changed = [(course(name, value * (1.0 + CHANGE)) - base) / (value * CHANGE) for name, value in pairs]
        return np.stack(changed, axis=2)

    return gradient


def roadrunner_forward(network: ParametricNetwork) -> Callable[[], Values]:
    """Return the function that computes sensitivities to rate constants by CVODES in libRoadRunner."""
    simulator = simulator_of(network)
    rates = [name for name in network.parameters if not name.endswith("_0")]

    def gradient() -> Values:
        simulator.resetToOrigin()
        _, values, _, species = simulator.timeSeriesSensitivities(0.0, T_END, len(TIMES), rates)
        places = [species.index(name) for name in network.network.species]
        return values.transpose(0, 2, 1)[:, places]

    return gradient


def diffrax_forward(network: ParametricNetwork) -> Callable[[], Values]:
    """Return the function that differentiates diffrax forward, compiled."""
    jax, diffrax = importlib.import_module("jax"), importlib.import_module("diffrax")
    jax.config.update("jax_enable_x64", True)
    jnp, plain = jax.numpy, network.network
    orders = np.array([[dict(r.reactants.terms).get(s, 0) for s in plain.species] for r in plain.reactions])
    changes = np.array([[r.net_change.get(s, 0) for r in plain.reactions] for s in plain.species])
    count = len(plain.reactions)
    started = [plain.index[name.removesuffix("_0")] for name in network.parameters[count:]]

    def slope(_: Any, x: Any, rates: Any) -> Any:
        return changes @ (rates * jnp.prod(x**orders, axis=1))

    def course(values: Any) -> Any:
        start = jnp.zeros(len(plain.species)).at[np.array(started)].set(values[count:])
        return diffrax.diffeqsolve(
            diffrax.ODETerm(slope), diffrax.Kvaerno5(), 0.0, T_END, None, start, values[:count],
            saveat=diffrax.SaveAt(ts=jnp.asarray(TIMES)), adjoint=diffrax.ForwardMode(), max_steps=10_000,
            stepsize_controller=diffrax.PIDController(rtol=RTOL, atol=ATOL),
        ).ys  # fmt: skip

    compiled = jax.jit(jax.jacfwd(course))
    nominal = np.array(network.nominal)
    return lambda: np.asarray(compiled(nominal))


def measure(gradient: Callable[[], Values], exact: Values, network: ParametricNetwork) -> dict[str, float]:
    """Return the shortest time of several gradients, and their largest relative error."""
    found = gradient()
    scaled = np.abs(network.nominal)[: found.shape[2]]
    sizes = np.abs(exact[:, :, : found.shape[2]] * scaled).max(axis=(0, 2), keepdims=True)
    error = float(np.max(np.abs(found - exact[:, :, : found.shape[2]]) * scaled / sizes))
    seconds: list[float] = []
    began = time.perf_counter()
    while len(seconds) < 5 or (len(seconds) < FEW and time.perf_counter() - began < 2.0):
        start = time.perf_counter()
        gradient()
        seconds.append(time.perf_counter() - start)
    return {"milliseconds": 1e3 * min(seconds), "error": error}


def main() -> None:
    """Measure all simulators that are installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    methods: dict[str, Callable[[ParametricNetwork], Callable[[], Values]]] = {
        "neuralcrn": ours,
        f"neuralcrn, after {GRADIENTS:,} gradients": ours_in_a_fit,
    }
    if importlib.util.find_spec("roadrunner"):
        methods["libRoadRunner, differences"] = roadrunner_differences
        methods["libRoadRunner, forward (rate constants)"] = roadrunner_forward
    if importlib.util.find_spec("diffrax"):
        methods["diffrax, forward"] = diffrax_forward
    results: dict[str, dict[str, dict[str, float]]] = {}
    for sites in SITES:
        network = protein(sites)
        exact = ours(network, 1e-11, 1e-15)()
        results[f"{len(network.parameters)} parameters"] = {
            name: measure(method(network), exact, network) for name, method in methods.items()
        }
    if as_json:
        print(json.dumps(results))
        return
    for size, by_method in results.items():
        for name, found in by_method.items():
            print(f"{size}: {name:40} {found['milliseconds']:9.2f} ms, error {found['error']:.1e}")


if __name__ == "__main__":
    main()
