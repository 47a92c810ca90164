"""One pot: its orders, protocol and counts, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases import FAMILY_RULES, POT_RULES, small_size

from neuralcrn.algebra import SignedSystem
from neuralcrn.chemistry import Crossing, Network, Reaction
from neuralcrn.circuits import Circuit, Readout, make_circuit
from neuralcrn.compiler import RULES, Dose, Flush, Program, Read, Run, gradient_of
from neuralcrn.compiler.pot.assembly import CLEAR, CLEAR_DURATION, GATE_DURATION
from neuralcrn.compiler.pot.clocks import CLOCKS, READ_THRESHOLD, TOTAL
from neuralcrn.compiler.pot.counter import cycle_counter
from neuralcrn.compiler.pot.track_and_hold import Turn, turns_of
from neuralcrn.compiler.protocol import Withdraw
from neuralcrn.engines import simulate
from neuralcrn.errors import CompileError, UnknownNameError

FAMILY_NAMES = sorted({name for name, _, level in POT_RULES if level == "autonomous"})
POTS = ("gated", "autonomous")
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "signed": {"non_negative": False, "positive_targets": False},
    "trained readout": {"trained_readout": True},
    "outputs": {"outputs": 3},
    "direct": {"update": "direct"},
    "direct outputs": {"update": "direct", "outputs": 2, "decay": 1e-3},
}


def built(name: str, mode: str = "", **options: Any) -> Circuit:
    """Build a circuit, by default with the first rule that supports it."""
    if name == "minimal":
        options = {k: v for k, v in options.items() if k not in ("outputs", "trained_readout")}
    mode = mode or next(rule for family, rule in FAMILY_RULES if family == name)
    return make_circuit(name, rule=mode, **{**small_size(name), **options})


def learning_turns(circuit: Circuit) -> tuple[Turn, ...]:
    """Return the turns but the last, the update."""
    return turns_of(circuit, RULES.find(circuit.rule).schedule(circuit)).turns[:-1]


def labelled(network: Network, word: str) -> list[Reaction]:
    return [reaction for reaction in network.reactions if reaction.label == word]


@pytest.mark.parametrize(("name", "mode", "level"), POT_RULES)
class TestEveryCircuit:
    def test_one_network_of_uni_and_bimolecular_reactions(self, name: str, mode: str, level: str) -> None:
        for shape, options in SHAPES.items():
            program = built(name, mode, **options).compile(level)
            assert len(program.phases) == 1, shape
            assert program.max_order == 2, shape

    def test_a_protocol_without_washing(self, name: str, mode: str, level: str) -> None:
        for shape, options in SHAPES.items():
            program = built(name, mode, **options).compile(level)
            kinds = {type(step) for step in (*program.training, *program.prediction)}
            assert kinds == {Dose, Run, Read} | ({Withdraw} if level == "gated" else set()), shape
            if level == "autonomous":
                waits = [step for step in program.training if isinstance(step, Run)]
                clock = CLOCKS.find(program.clock)
                turns = turns_of(program.circuit, RULES.find(mode).schedule(program.circuit))
                later = clock.turns[turns.read_after + 1 :]
                read = clock.read if turns.read_after == 1 else Crossing(*later[0].species, READ_THRESHOLD)
                assert [step.until for step in waits] == [read, clock.dose], shape
                assert all(isinstance(step.duration, float) for step in waits), shape
            else:
                assert_only_gates_are_withdrawn(program)

    def test_what_is_dosed_is_used_up(self, name: str, mode: str, level: str) -> None:
        """Or it is followed: an error goes to what it should be whatever it was."""
        for shape, options in SHAPES.items():
            circuit = built(name, mode, **options)
            program = circuit.compile(level)
            cleared = {next(iter(r.net_change)) for r in labelled(program.phases[0].network, "clear")}
            gates = set(program.gates.values())
            dosed = {
                species
                for step in program.training
                if isinstance(step, Dose)
                for species, _ in program.rails.of(step.variable)
            }
            assert dosed - gates == cleared & dosed, shape
            tracked = turns_of(circuit, RULES.find(mode).schedule(circuit)).tracked
            integrated = [v for v in circuit.integrated if v not in tracked]
            assert set(program.rails.species(integrated)) <= cleared, shape
            kept = (*circuit.trained_parameters, *circuit.fixed_parameters)
            assert cleared.isdisjoint(program.rails.species(kept)), shape


def assert_only_gates_are_withdrawn(program: Program) -> None:
    """Each gate is put in, left, taken out, and its shadows fade, before the next."""
    steps = program.training
    places = [i for i, step in enumerate(steps) if isinstance(step, Withdraw)]
    withdrawn = [variable for i in places for variable in steps[i].variables]
    assert program.rails.species(withdrawn) == tuple(program.gates.values())
    for place, gate in zip(places, withdrawn, strict=True):
        dose, run, _, pause = steps[place - 2 : place + 2]
        assert dose == Dose(gate, "constant")
        assert run == Run("pot")
        assert isinstance(pause, Run)
        assert pause.duration is not None
        assert pause.duration * program.circuit.shadow >= 10.0


class TestGates:
    def test_phases_take_turns_in_their_order(self) -> None:
        program = built("linear").compile("gated")
        assert tuple(program.gates) == ("feedforward", "feedback", "update", CLEAR)
        opened = [
            step.variable.name
            for step in program.training
            if isinstance(step, Dose) and step.source == "constant" and step.variable.name.startswith("C_")
        ]
        assert opened == ["C_feedforward", "C_feedback", "C_update", "C_clear"]

    def test_a_direct_circuit_has_no_update(self) -> None:
        for level in POTS:
            assert "update" not in built("linear", update="direct").compile(level).gates
            assert "update" in built("linear").compile(level).gates

    def test_rates_times_the_integral_of_a_gate_are_those_of_the_phase_alone(self) -> None:
        circuit = built("linear", horizon=0.5, supply=0.1)
        clock = CLOCKS.find("restored-5")
        for level, integral in (("gated", GATE_DURATION), ("autonomous", clock.turns[0].integral)):
            network = circuit.compile(level).phases[0].network
            forward = [r for r in network.reactions if r.label == "z[0]: theta[0]*x[0]"]
            assert [r.rate * integral for r in forward] == pytest.approx([0.5] * 2)
        for level, integral in (("gated", GATE_DURATION), ("autonomous", TOTAL)):
            clearing = labelled(circuit.compile(level).phases[0].network, "clear")
            assert [r.rate * integral for r in clearing] == pytest.approx([CLEAR_DURATION] * len(clearing))

    def test_every_clock_carries_every_family(self) -> None:
        for clock in CLOCKS.values():
            program = built("linear").compile("autonomous", clock.name)
            network = program.phases[0].network
            assert set(clock.network.reactions) <= set(network.reactions)
            start = dict(zip(network.species, network.initial, strict=True))
            ring = dict(zip(clock.network.species, clock.network.initial, strict=True))
            assert {name: value for name, value in start.items() if value} == {
                name: value for name, value in ring.items() if value
            }
            assert set(program.tolerances) == set(clock.network.species)
            assert all(0.0 < atol < clock.floor for atol in program.tolerances.values())

    def test_no_reaction_of_the_circuit_uses_the_clock_up(self) -> None:
        for clock in CLOCKS.values():
            network = built("quadratic").compile("autonomous", clock.name).phases[0].network
            for reaction in set(network.reactions) - set(clock.network.reactions):
                assert set(clock.network.species).isdisjoint(reaction.net_change), str(reaction)


class TestHolding:
    def test_error_adjoint_and_readout_gradients_are_followed(self) -> None:
        forward, feedback = learning_turns(built("quadratic", outputs=2, horizon=0.5, hold=100.0))
        equations = {str(v): str(f) for v, f in forward.equations.items()}
        for o in range(2):
            assert f"- 200*y[{o}]" in equations[f"e[{o}]"]
            assert f"- 200*e[{o}]" in equations[f"e[{o}]"]
        assert equations["a[0]"] == "200*e[0]*w[0,0] + 200*e[1]*w[1,0] - 200*a[0]"
        # z runs back in the feedback phase, so that e z is taken before
        assert equations["r_w[1,0]"] == "200*e[1]*z[0] - 200*r_w[1,0]"
        back = {str(v): str(f) for v, f in feedback.equations.items()}
        assert back["g_w[1,0]"] == "2*r_w[1,0]"

    def test_what_does_not_run_back_need_not_be_held(self) -> None:
        forward, feedback = learning_turns(built("quadratic", "frozen", outputs=2, horizon=0.5))
        assert not any(v.name.startswith("r_") for v in forward.equations)
        back = {str(v): str(f) for v, f in feedback.equations.items()}
        assert back["g_w[1,0]"] == "2*e[1]*z[0]"

    def test_targets_that_are_never_negative_have_one_rail(self) -> None:
        for positive, species in ((True, {"y1"}), (False, {"y1_p", "y1_n"})):
            for level in POTS:
                program = built("linear", positive_targets=positive).compile(level)
                found = {name for name in program.species if name.startswith("y1") and name.count("_") < 2}
                assert {name for name in found if "feedforward" not in name} == species


class TestCounts:
    def test_the_minimal_circuit_is_below_the_published_15_and_13(self) -> None:
        circuit = make_circuit("minimal", inputs=2)
        sizes = {
            level: (len(program.species), program.reaction_count)
            for level, program in ((a, circuit.compile(a)) for a in ("staged", *POTS))
        }
        assert sizes == {"staged": (8, 11), "gated": (15, 23), "autonomous": (18, 40)}
        assert sizes["staged"][0] < 15
        assert sizes["staged"][1] < 13

    @pytest.mark.parametrize("level", ["staged", *POTS])
    @pytest.mark.parametrize("name", FAMILY_NAMES)
    def test_direct_updates_need_fewer_species_and_reactions(self, name: str, level: str) -> None:
        options = {"decay": 0.0, "learning_rate": 0.1}
        direct, kept = (built(name, update=u, **options).compile(level) for u in ("direct", "accumulate"))
        parameters = kept.circuit.trained_parameters
        gradients = kept.rails.species(map(gradient_of, parameters))
        assert set(gradients) <= set(kept.species)
        assert set(gradients).isdisjoint(direct.species)
        gate = 1 if level == "gated" else 0  # which the clock has anyway
        assert len(kept.species) - len(direct.species) == len(gradients) + gate
        assert kept.reaction_count - direct.reaction_count == 2 * len(gradients)

    def test_an_autonomous_pot_is_the_gated_one_with_the_clock_for_the_gates(self) -> None:
        for name in FAMILY_NAMES:
            gated, autonomous = (built(name).compile(a).phases[0].network for a in POTS)
            clock = CLOCKS.find(built(name).compile("autonomous").clock).network
            shadow_of_clear = 2
            assert len(autonomous.reactions) == len(gated.reactions) + len(clock.reactions) + shadow_of_clear
            gates = len(built(name).compile("gated").gates)
            assert len(autonomous.species) == len(gated.species) - gates + len(clock.species) + 1


class TestProse:
    def test_events_are_named(self) -> None:
        text = str(built("linear").compile("autonomous"))
        assert "Let the pot run until C3 rises over 0.002." in text
        assert "Let the pot run until C1 rises over 0.002." in text
        assert "Phases are gated: feedforward by C1, feedback by C3, update by C4, clear by C_clear." in text
        assert "take an aliquot" in text
        assert "Wash out" not in text
        assert "Take out" not in text

    def test_withdrawals_are_named(self) -> None:
        text = str(built("linear").compile("gated"))
        for phase in ("feedforward", "feedback", "update", CLEAR):
            assert f"Take out C_{phase}." in text
        assert "C_feedforward = 1." in text
        assert "Run pot for 20." in text
        assert "Wash out" not in text

    @pytest.mark.parametrize("level", ["staged", "gated"])
    def test_batches_are_named_where_an_experimenter_counts(self, level: str) -> None:
        text = str(built("linear", batch=4).compile(level))
        assert "## To learn from samples 1, 2, 3 of every 4" in text
        assert "## To learn from sample 4 of every 4" in text
        assert "of every" not in str(built("linear").compile(level))

    def test_a_clock_counts_by_itself(self) -> None:
        program = built("linear", batch=4).compile("autonomous")
        assert program.cycle == ()
        assert "of every" not in str(program)

    def test_a_protocol_has_as_many_steps_as_lines(self) -> None:
        text = str(make_circuit("minimal").compile("autonomous"))
        learning = text.split("## To learn from one sample\n")[1].split("\n\n")[0]
        assert [line.split(". ")[0] for line in learning.splitlines()] == ["1", "2", "3", "4"]


class TestBatches:
    @pytest.mark.parametrize("batch", [2, 3, 5])
    def test_a_token_goes_round_once_in_a_batch(self, batch: int) -> None:
        network = built("linear", batch=batch).compile("autonomous").phases[0].network
        counter = labelled(network, "counter")
        assert len(counter) == 2 * batch
        moves = {}
        for reaction in counter:
            (old,) = (name for name, change in reaction.net_change.items() if change < 0)
            (new,) = (name for name, change in reaction.net_change.items() if change > 0)
            moves[old] = new
            assert reaction.order == 2
        place, seen = "S1", []
        for _ in range(2 * batch):
            seen.append(place)
            place = moves[place]
        assert place == "S1"
        assert seen == [f"{half}{i}" for i in range(1, batch + 1) for half in "SH"]
        assert network.initial_of("S1") == 1.0
        assert {network.initial_of(name) for name in seen[1:]} == {0.0}

    @pytest.mark.parametrize("cycles", [2, 4])
    def test_what_turns_leave_behind_does_not_add_up(self, cycles: int) -> None:
        """Moves of half the speed leave exp(-integral / 2), more than 1e-4 of the token, in every cycle."""
        clock = CLOCKS.find("restored-7")
        counter = cycle_counter(cycles, clock, "QR")
        moves = [r.k(0.5) if r.label == "counter" else r for r in counter.reactions]
        duration = 40 * cycles * clock.period
        start = dict(zip(clock.network.species, clock.network.initial, strict=True)) | dict(counter.start)
        late = {}
        for kept in (True, False):
            used = [r for r in moves if kept or r.label == "counter"]
            network = Network.of([*clock.network.reactions, *used], start)
            end = simulate(network, duration, [duration], atol=1e-12).values[-1]
            token = {name: end[network.index[name]] for name in network.species if name[0] in "QR"}
            assert sum(token.values()) == pytest.approx(1.0, rel=1e-6)
            late[kept] = sum(token[f"Q{i}"] for i in range(2, cycles + 1))
        assert late[True] < 1e-5 < 5e-3 < late[False]

    @pytest.mark.parametrize(("cycles", "count"), [(2, 6), (3, 12), (5, 20)])
    def test_the_token_is_kept_together_by_approximate_majority(self, cycles: int, count: int) -> None:
        counter = cycle_counter(cycles, CLOCKS.find("restored-5"), "SH")
        kept = [reaction for reaction in counter.reactions if reaction.label == "majority"]
        assert len(kept) == count
        assert {reaction.order for reaction in kept} == {2}

    def test_only_the_last_place_opens_the_update(self) -> None:
        network = built("linear", batch=3).compile("autonomous").phases[0].network
        (made,) = (r for r in network.reactions if r.net_change == {"C_update": 1})
        assert dict(made.reactants.terms) == {"C4": 1, "H3": 1}
        others = [
            r for r in network.reactions if "C4" in dict(r.reactants.terms) and r.label.endswith("update")
        ]
        assert others == []

    @pytest.mark.parametrize("clock", ["ring-3", "red-green-blue"])
    def test_a_clock_of_too_few_turns_is_refused(self, clock: str) -> None:
        assert built("linear").compile("autonomous", clock).max_order == 2
        with pytest.raises(CompileError, match=f"clock {clock} cannot count .* larger restored ring"):
            built("linear", batch=2).compile("autonomous", clock)

    def test_an_experimenter_leaves_the_update_out(self) -> None:
        program = built("linear", batch=3).compile("gated")
        opened = [step.variable.name for step in program.protocol(0) if isinstance(step, Dose)]
        assert "C_update" not in opened
        assert {"C_feedforward", "C_feedback", "C_clear"} <= set(opened)


class TestRefusals:
    def test_a_level_that_is_not_there(self) -> None:
        with pytest.raises(UnknownNameError, match=r"level 'autonomus': did you mean 'autonomous'\?"):
            built("linear").compile("autonomus")

    def test_a_clock_that_is_not_there(self) -> None:
        with pytest.raises(UnknownNameError, match=r"clock 'restored5': did you mean 'restored-5'\?"):
            built("linear").compile("autonomous", "restored5")

    @pytest.mark.parametrize(
        "readout",
        [
            Readout(accumulated=True, trained=True),
            Readout(accumulated=True, bias=True),
            Readout(accumulated=True, outputs=2),
        ],
    )
    def test_an_accumulated_output_of_other_than_fixed_weights(self, readout: Readout) -> None:
        with pytest.raises(CompileError, match="needs fixed weights, no bias and one output"):
            make_circuit("linear").with_(readout=readout)

    @pytest.mark.parametrize("equation", ["theta*x - z", "theta*x - 0.5*z*|z|", "theta*x + x*z^2"])
    def test_an_accumulated_output_of_states_that_f_reads(self, equation: str) -> None:
        system = SignedSystem.parse(
            f"dz = {equation}", states={"z": 1}, inputs={"x": 1}, parameters={"theta": 1}
        )
        with pytest.raises(CompileError, match=r"equation of z\[0\] depends on states: use a readout"):
            Circuit(name="mine", system=system, features=1, readout=Readout(accumulated=True))

    @pytest.mark.parametrize("family", ["minimal"])
    def test_families_that_accumulate_take_one_fixed_output(self, family: str) -> None:
        for options in ({"outputs": 2}, {"trained_readout": True}):
            with pytest.raises(CompileError, match="accumulated output needs fixed weights"):
                make_circuit(family, **options)

    @pytest.mark.parametrize("name", ["C", "S", "H"])
    def test_names_that_the_clock_or_the_counter_gives(self, name: str) -> None:
        system = SignedSystem.parse(
            f"dz = theta*{name}",
            states={"z": 2}, inputs={name: 2}, parameters={"theta": 2}, non_negative=[name],
        )  # fmt: skip
        circuit = Circuit(name="mine", system=system, features=2, batch=2)
        assert circuit.compile("gated").max_order == 2
        with pytest.raises(CompileError, match=f"{name}1, {name}2 would also be a species of the pot"):
            circuit.compile("autonomous")


def test_nothing_is_flushed_and_every_species_of_a_pot_has_a_place_in_its_network() -> None:
    for level in POTS:
        program = built("mixing").compile(level)
        assert not any(isinstance(step, Flush) for step in program.training)
        used = {name for r in program.phases[0].network.reactions for name in r.species}
        assert used == set(program.species)
