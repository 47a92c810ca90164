"""Machine code and loops compute the same bits, and what differs is never used."""

from __future__ import annotations

import itertools
import platform
from collections.abc import Iterator
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
from tests.cases import FixedSteps

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.engines.native import specialise
from neuralcrn.engines.native.lowering import lower
from neuralcrn.engines.native.reduction import reduce_network
from neuralcrn.engines.native.specialise import MachineCode, Processor
from neuralcrn.engines.native.steps import (
    EXPLICIT,
    EXPLICIT_INTEGRALS,
    EXPLICIT_STEP,
    FOLD,
    FUNCTION_COUNT,
    ROSENBROCK,
    ROSENBROCK_INTEGRALS,
    ROSENBROCK_STEP,
)
from neuralcrn.engines.native.writer import Writer
from neuralcrn.errors import NeuralCRNWarning

# With LLVM's passes, VectorCombine of LLVM 22 made B B B of A B B in the explicit step of this network.
CUBIC = parse_network(
    "3A -> 0 [k = 1]\n0 -> A [k = 3]\n2A + B -> 0 [k = 1]\nA + 2B -> A [k = 1]\nB @initial 1"
)
FEATURES = ("", "+sse4.2", "+avx", "+avx2,+fma", "+avx2,+fma,+avx512f,+avx512dq,+avx512vl", "this machine")
RANDOM = 46
"""With 121 cubic structures that makes 167 networks for each of six sets of features: a thousand in all."""


def processor(features: str) -> Processor | None:
    """Return what to compile for, None for this machine; skip what it cannot run."""
    if features == "this machine":
        return None
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("these features are those of x86-64")
    offered = llvm.get_host_cpu_features()
    missing = [name for name in features.split(",") if name and not offered.get(name[1:], False)]
    if missing:
        pytest.skip(f"this processor has no {', '.join(missing)}")
    return Processor("x86-64", features)


def of_entries(entries: tuple[tuple[str, str], ...]) -> Network:
    """Return a network with a monomial such as AAB in the rate of change of each species that is named."""
    reactions = []
    for number, (species, monomial) in enumerate(entries):
        left = {name: monomial.count(name) for name in sorted(set(monomial))}
        rate = 0.5 + 0.1 * number
        reactions.append(Reaction.of(left, {**left, species: left.get(species, 0) + 1}, rate=rate))
    return Network.of(reactions)


def cubic_networks() -> Iterator[Network]:
    """Return every set of two or more cubic monomials in the rate of change of each of two species."""
    monomials = ["".join(m) for m in itertools.combinations_with_replacement("AB", 3)]
    sets = [s for k in range(2, 5) for s in itertools.combinations(monomials, k)]
    for first, second in itertools.product(sets, sets):
        yield of_entries((*(("A", m) for m in first), *(("B", m) for m in second)))


def random_networks(count: int, seed: int) -> Iterator[Network]:
    """Return networks of two to four species, most of whose rates are cubic or higher."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        names = "ABCD"[: rng.integers(2, 5)]
        entries = {
            (str(rng.choice(list(names))), "".join(sorted(rng.choice(list(names), rng.integers(0, 6)))))
            for _ in range(rng.integers(3, 8))
        }
        yield of_entries(tuple(sorted(entries)))


@pytest.mark.parametrize("features", FEATURES)
def test_steps_of_cubic_and_higher_networks_have_the_bits_of_the_loops(
    features: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A difference is a warning, and warnings are errors here; other functions take longer to compile."""
    chosen = processor(features)
    networks = [*cubic_networks(), *random_networks(RANDOM, FEATURES.index(features))]
    reductions = [reduce_network(network) for network in networks]
    explicit = {EXPLICIT_STEP: specialise.EMITTERS[EXPLICIT_STEP]}
    monkeypatch.setattr(specialise, "EMITTERS", explicit)
    code = MachineCode(reductions, chosen)
    assert np.all((code.addresses != 0) == (np.arange(FUNCTION_COUNT) == EXPLICIT_STEP))


@pytest.mark.parametrize("features", FEATURES)
def test_all_functions_of_random_networks_have_the_bits_of_the_loops(features: str) -> None:
    code = MachineCode([reduce_network(n) for n in random_networks(12, 9)], processor(features))
    assert np.all(code.addresses != 0)


def test_every_phase_of_a_circuit_whose_states_all_depend_on_each_other_has_machine_code() -> None:
    reductions = lower(make_circuit("mixing", 2, hidden=8).compile()).reductions
    assert max(len(reduction.core) for reduction in reductions) == 32
    assert np.all(MachineCode(reductions).addresses != 0)


def test_the_network_that_a_pass_of_llvm_broke_converges_to_what_scipy_gives() -> None:
    code = MachineCode([reduce_network(CUBIC)])
    for method in (EXPLICIT, ROSENBROCK):
        written = FixedSteps(CUBIC, method, separate=True, functions=code.addresses[0])
        np.testing.assert_allclose(written.run(0.5, 800), [0.84505724, 0.55077914], rtol=0, atol=2e-8)


@pytest.mark.parametrize(
    ("slot", "name"),
    [
        (FOLD, "folding"),
        (EXPLICIT_STEP, "explicit step"),
        (ROSENBROCK_STEP, "Rosenbrock step"),
        (EXPLICIT_INTEGRALS, "integrals of explicit steps"),
        (ROSENBROCK_INTEGRALS, "integrals of Rosenbrock steps"),
    ],
)
def test_machine_code_that_differs_by_one_rounding_is_left_to_the_loops(
    slot: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A product in place of a sum, whose last bit is another, in one of two systems."""
    network = parse_network("A + C -> 2A + B [k = 0.3]\n2A + B -> 0 [k = 0.7]\nA + B -> A + B + D [k = 1]")
    right = specialise.EMITTERS[slot]

    def wrong(write: Writer) -> None:
        last: list[Any] = []
        store = write.builder.store

        def noted(value: Any, place: Any) -> None:
            last[:] = value, place
            store(value, place)

        write.builder.store = noted
        right(write)
        if len(write.reduction.core) > 1:
            store(write.multiply(last[0], write.constant(1.0 + 2.0**-52)), last[1])

    monkeypatch.setitem(specialise.EMITTERS, slot, wrong)
    with pytest.warns(NeuralCRNWarning, match=rf"machine code \({name}\).*LLVM \d+.*processor \w+") as shown:
        code = MachineCode([reduce_network(network), reduce_network(parse_network("2A -> A + B [k = 1]"))])
    assert not code.addresses[0].any()
    assert code.addresses[1].all()
    assert len(shown) == 1
    assert "\n" not in str(shown[0].message)
