"""Speed of exact stochastic simulation compared with other simulators of the same network.

    python benchmarks/stochastic.py [--circuit quadratic-dense] [--volume 1000] [--repeats 3] [--json]

The feedforward phase of a D = 3 circuit runs for 25 of its horizons, so that the overhead per run is
negligible. Every tool simulates the same reactions on one core; reactions per second are the jumps of the
exact process, counted by our engine, per CPU second. The final means verify that all tools simulate the same
process: the largest difference of any species is given in standard errors. crn-jax simulates its runs as one
batch, for which it is designed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from neuralcrn.chemistry import Network
from neuralcrn.circuits import make_circuit
from neuralcrn.engines import simulate_stochastic

HORIZON = 10.0
OUR_RUNS = 60

Simulator = Callable[[range], np.ndarray]
"""Runs: their seeds in, molecules at the end out, shape (runs, species)."""


def feedforward(circuit: str) -> Network:
    """Return the feedforward phase with inputs 1, 1.5 and 2 and small parameters."""
    program = make_circuit(circuit, 3, hidden=3, horizon=0.4, learning_rate=0.2).compile()
    network = program.phases[0].network
    rng = np.random.default_rng(0)
    start = {name: rng.uniform(0.2, 1.0) for name in network.species if name.startswith("theta")}
    inputs = {name: 1.0 + 0.5 * i for i, name in enumerate(n for n in network.species if n[0] == "x")}
    return network.with_initial({name: round(v, 3) for name, v in {**start, **inputs}.items()})


def counts_at_start(network: Network, volume: float) -> dict[str, int]:
    """Return the molecules of every species."""
    return {name: round(value * volume) for name, value in zip(network.species, network.initial, strict=True)}


def use_rebop(network: Network, volume: float) -> Simulator:
    """Simulate by rebop (Rust)."""
    import rebop

    system = rebop.Gillespie()
    for reaction in network.reactions:
        sides = [
            [name for name, n in side.terms for _ in range(n)]
            for side in (reaction.reactants, reaction.products)
        ]
        system.add_reaction(reaction.rate * volume ** (1 - reaction.order), *sides)
    start = counts_at_start(network, volume)

    def run(seed: int) -> list[float]:
        result = system.run(start, HORIZON, 1, rng=seed)
        return [float(result[name][-1]) for name in network.species]

    return lambda seeds: np.array([run(seed) for seed in seeds])


def use_bioscrape(network: Network, volume: float) -> Simulator:
    """Simulate by bioscrape (Cython), laws of one species squared written out as n (n - 1)."""
    from bioscrape.random import py_seed_random
    from bioscrape.simulator import ModelCSimInterface, SSASimulator
    from bioscrape.types import Model

    def law(reaction: Any) -> tuple[str, dict[str, Any]]:
        rate = reaction.rate * volume ** (1 - reaction.order)
        if any(n > 1 for _, n in reaction.reactants.terms):
            factors = [f"({name} - {j})" for name, n in reaction.reactants.terms for j in range(n)]
            return "general", {"rate": " * ".join([repr(rate), *factors])}
        return "massaction", {"k": rate}

    model = Model(
        species=list(network.species),
        reactions=[
            (
                [name for name, n in r.reactants.terms for _ in range(n)],
                [name for name, n in r.products.terms for _ in range(n)],
                *law(r),
            )
            for r in network.reactions
        ],
        initial_condition_dict=counts_at_start(network, volume),
    )
    interface = ModelCSimInterface(model)
    simulator, times = SSASimulator(), np.array([0.0, HORIZON])
    order = [model.get_species_list().index(name) for name in network.species]

    def run(seed: int) -> np.ndarray:
        py_seed_random(seed + 1)
        return simulator.py_simulate(interface, times).py_get_result()[-1][order]

    return lambda seeds: np.array([run(seed) for seed in seeds])


def use_copasi(network: Network, volume: float) -> Simulator:
    """Simulate by COPASI's direct method (C++)."""
    import basico

    basico.new_model(quantity_unit="#", volume_unit="l", time_unit="s")
    basico.add_compartment("pot", initial_size=volume)
    start = counts_at_start(network, volume)
    for name, count in start.items():
        basico.add_species(name, compartment_name="pot", initial_particle_number=count)
    for i, reaction in enumerate(network.reactions):
        sides = [
            " + ".join(f"{n} * {name}" for name, n in side.terms)
            for side in (reaction.reactants, reaction.products)
        ]
        basico.add_reaction(f"r{i}", f"{sides[0]} -> {sides[1]}")
        basico.set_reaction_parameters(f"(r{i}).k1", value=reaction.rate)

    def run(seed: int) -> list[float]:
        result = basico.run_time_course(
            HORIZON,
            1,
            method="directMethod",
            use_seed=True,
            seed=seed + 1,
            use_initial_values=True,
            use_numbers=True,
            max_steps=10**9,
        )
        last = result.iloc[-1]
        return [float(last.get(name, start[name])) for name in network.species]

    return lambda seeds: np.array([run(seed) for seed in seeds])


class _Pot(NamedTuple):
    time: Any
    molecules: Any


def use_crn_jax(network: Network, volume: float) -> Simulator:
    """Simulate by crn-jax (XLA), propensities and changes as arrays."""
    import jax
    import jax.numpy as jnp
    from crn_jax.gillespie import simulate_until

    index = network.index
    one = len(index)
    factors = [
        [(index[name], j) for name, n in r.reactants.terms for j in range(n)] + [(one, 0)] * (2 - r.order)
        for r in network.reactions
    ]
    places, offsets = np.array(factors, dtype=float).transpose(2, 0, 1)
    places = jnp.array(places, dtype=int)
    rates = jnp.array([r.rate * volume ** (1 - r.order) for r in network.reactions])
    changes = np.zeros((len(factors), one + 1))
    for row, reaction in zip(changes, network.reactions, strict=True):
        for name, change in reaction.net_change.items():
            row[index[name]] = change
    changes = jnp.array(changes)
    start = jnp.array([*counts_at_start(network, volume).values(), 1.0], dtype=float)

    def propensities(pot: _Pot, _input: Any) -> Any:
        factors = pot.molecules[places] - offsets
        return rates * factors[:, 0] * factors[:, 1]

    @jax.jit
    @jax.vmap
    def simulate(key: Any) -> Any:
        end, _ = simulate_until(
            key,
            _Pot(jnp.array(0.0), start),
            jnp.array(0.0),
            HORIZON,
            10**9,
            propensities,
            lambda pot, channel: pot._replace(molecules=pot.molecules + changes[channel]),
            lambda pot: pot.time,
            lambda pot, time: pot._replace(time=time),
        )
        return end.molecules[:-1]

    return lambda seeds: np.array(simulate(jax.vmap(jax.random.key)(jnp.array(seeds))))


PEERS = {
    "COPASI": (use_copasi, 12),
    "bioscrape": (use_bioscrape, 12),
    "crn-jax": (use_crn_jax, 128),
    "rebop": (use_rebop, 12),
}
"""How each is used, and runs of one measurement."""


def measure_ours(network: Network, volume: float, repeats: int) -> tuple[dict[str, Any], Any]:
    """Return the row of our engine, and its moments at the end."""
    rates = []
    for repeat in range(-1, repeats):
        begin = time.process_time()
        ensemble = simulate_stochastic(
            network, HORIZON, [HORIZON], volume=volume, runs=OUR_RUNS, threads=1, seed=repeat + 1
        )
        rates.append(ensemble.steps / (time.process_time() - begin))
    return {"engine": "neuralcrn", "reactions_per_second": max(rates[1:])}, ensemble


def measure_peer(
    name: str, network: Network, volume: float, repeats: int, ours: Any, jumps_a_run: float
) -> dict[str, Any]:
    """Return the row of a peer."""
    make, runs = PEERS[name]
    simulate = make(network, volume)
    simulate(range(runs))  # compiles, where a tool does
    ends, rates = [], []
    for repeat in range(repeats):
        begin = time.process_time()
        ends.append(simulate(range((repeat + 1) * runs, (repeat + 2) * runs)))
        rates.append(runs * jumps_a_run / (time.process_time() - begin))
    ended = np.concatenate(ends)
    variance = ours.deviation[0] ** 2
    moving = variance > 0.0
    error = np.sqrt(variance * (1.0 / ours.runs + 1.0 / len(ended)))[moving]
    difference = np.abs(ended.mean(axis=0) - ours.mean[0])
    if difference[~moving].any():
        raise SystemExit(f"{name}: a species that never changes differs")
    return {
        "engine": name,
        "reactions_per_second": max(rates),
        "largest_difference_of_means_in_standard_errors": float((difference[moving] / error).max()),
    }


def main() -> None:
    """Measure all, print the table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--circuit", choices=("quadratic", "quadratic-dense"), default="quadratic-dense")
    parser.add_argument("--volume", type=float, default=1000.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    network = feedforward(options.circuit)
    row, ensemble = measure_ours(network, options.volume, options.repeats)
    jumps_a_run = ensemble.steps / ensemble.runs
    rows = [row]
    for name in PEERS:
        peer = measure_peer(name, network, options.volume, options.repeats, ensemble, jumps_a_run)
        peer["ratio"] = row["reactions_per_second"] / peer["reactions_per_second"]
        rows.append(peer)
    result = {
        "circuit": options.circuit,
        "reactions": len(network.reactions),
        "reactions_a_run": jumps_a_run,
        "rows": rows,
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{options.circuit}, {len(network.reactions)} reactions, {jumps_a_run:,.0f} jumps a run")
    for row in rows:
        print(
            f"{row['engine']:10} {row['reactions_per_second'] / 1e6:6.2f} million reactions a second", end=""
        )
        if "ratio" in row:
            print(f"   {row['ratio']:5.1f} times slower than neuralcrn, means within ", end="")
            print(f"{row['largest_difference_of_means_in_standard_errors']:.1f} standard errors", end="")
        print()


if __name__ == "__main__":
    main()
