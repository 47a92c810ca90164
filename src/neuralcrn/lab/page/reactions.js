/** The third view, second half: the reactions of each phase, with their fluxes at the moment. */

import { fill, h, say } from "./dom.js";
import { perFrame } from "./frames.js";
import { amountsNow, fluxOf, momentOf } from "./moment.js";
import { math } from "./notation.js";
import { count, short } from "./numbers.js";
import { ReactionControls } from "./reaction.js";
import { isOf } from "./step_groups.js";
import { tableBehind } from "./tables.js";

/** Largest number of reactions that are listed: browsers lay out thousands of formulas for seconds. */
const LISTED = 300;

/**
 * List the reactions of a lab in a card.
 * @param {HTMLElement} card
 * @param {import("./lab.js").Lab} lab
 */
export function mountReactions(card, lab) {
  const view = new ReactionsView(lab);
  card.querySelector("header").append(view.tabs);
  card.append(view.where, view.figure, view.controls.element);
  tableBehind(card, view.figure, () => view.table());
}

class ReactionsView {
  #phase = null;
  #rows = [];

  constructor(lab) {
    this.lab = lab;
    this.tabs = h("select", { "aria-label": "Phase", onchange: () => this.#choose(this.tabs.value) });
    this.where = h("p", { class: "caption where", hidden: true });
    this.list = h("ol", { class: "reactions" });
    this.rest = h("p", { class: "caption", hidden: true });
    this.figure = h("div", { class: "figure" }, this.rest, this.list);
    this.controls = new ReactionControls(lab);
    this.showFluxes = perFrame(() => this.#showFluxes());
    lab.on(["circuit"], () => this.#describe());
    lab.on(["time", "step", "amounts"], () => this.#follow());
    lab.on(["selected"], () => this.#relist());
    lab.on(["selected", "circuit"], () => this.#showWhere());
  }

  /** Return the reactions of the shown phase. */
  table() {
    const amounts = amountsNow(this.lab);
    return {
      caption: `Reactions of the phase ${this.#phase ?? ""}`,
      head: ["reaction", "rate constant", "flux"],
      rows: this.#rows.map(({ reaction }) => [reaction.text, short(reaction.rate), short(fluxOf(reaction, amounts))]),
    };
  }

  #describe() {
    const circuit = this.lab.get("circuit");
    if (!circuit) return;
    fill(this.tabs, circuit.phases.map(({ name, reactions }) => h("option", { value: name }, `${name} (${count(reactions.length)})`)));
    const kept = circuit.phases.find(({ name }) => name === this.#phase);
    this.#list(kept ?? circuit.phases[0]);
  }

  /** A phase that the reader chooses moves the moment into it, and so do all views. */
  #choose(name) {
    const step = this.lab.get("step");
    const phase = step?.boundaries.find(([other]) => other === name);
    if (!phase) return this.#list(this.lab.get("circuit").phases.find((other) => other.name === name));
    if (this.lab.get("progress")?.playing) this.lab.command("pause");
    this.lab.set("time", phase[2]);
  }

  #follow() {
    const [step, circuit] = [this.lab.get("step"), this.lab.get("circuit")];
    if (!circuit) return;
    const name = step ? momentOf(step, this.lab.get("time")).phase : this.#phase;
    const phase = circuit.phases.find((other) => other.name === name);
    if (phase && name !== this.#phase && !this.list.contains(document.activeElement)) this.#list(phase);
    this.showFluxes();
  }

  #list(phase) {
    if (!phase) return;
    this.#phase = phase.name;
    this.tabs.value = phase.name;
    const listed = some(phase.reactions, this.#lit());
    this.#rows = listed.map((reaction) => ({ reaction, ...rowOf(reaction, () => this.controls.open(reaction)) }));
    this.rest.hidden = listed.length === phase.reactions.length;
    say(this.rest, `${count(listed.length)} of ${count(phase.reactions.length)}, first those of the selected weight`);
    fill(this.list, this.#rows.map(({ item }) => item));
    this.#light(false);
    this.showFluxes();
  }

  /** Show the reactions of another selected quantity. */
  #relist() {
    const phase = this.lab.get("circuit")?.phases.find(({ name }) => name === this.#phase);
    if (phase && this.#rows.length < phase.reactions.length) this.#list(phase);
    this.#light(true);
  }

  /** Mark the reactions of the selected quantity; `move` scrolls the first of them into view. */
  #light(move) {
    const isLit = this.#lit();
    let first = null;
    for (const { reaction, item } of this.#rows) {
      const lit = isLit(reaction);
      item.classList.toggle("lit", lit);
      first ??= lit ? item : null;
    }
    this.list.classList.toggle("choosing", first !== null);
    if (move && first) this.list.scrollTop = first.offsetTop - this.list.offsetTop;
  }

  /** Return the function that tells whether a reaction has a species of the selected quantity. */
  #lit() {
    const selected = this.lab.get("selected");
    const species = this.lab.get("circuit")?.species ?? [];
    const own = new Set(species.filter(({ variable }) => variable && isOf(variable, selected)).map(({ name }) => name));
    return ({ reactants, products }) => [...reactants, ...products].some(([name]) => own.has(name));
  }

  /** Name the phases in which the selected quantity reacts, since the shown one may have none of its reactions. */
  #showWhere() {
    const isLit = this.#lit();
    const phases = (this.lab.get("circuit")?.phases ?? [])
      .map(({ name, reactions }) => ({ name, number: reactions.filter(isLit).length }))
      .filter(({ number }) => number);
    this.where.hidden = !phases.length;
    fill(this.where, "reacts in ", phases.map(({ name, number }) =>
      h("button", { class: "plain", onclick: () => this.#choose(name) }, `${name} (${count(number)})`)));
  }

  #showFluxes() {
    const amounts = amountsNow(this.lab);
    const fluxes = this.#rows.map(({ reaction }) => fluxOf(reaction, amounts));
    const largest = Math.max(...fluxes.filter(Number.isFinite), 1e-12);
    this.#rows.forEach(({ bar, flux }, k) => {
      const share = Number.isFinite(fluxes[k]) ? Math.max(0, fluxes[k] / largest) : 0;
      bar.style.transform = `scaleX(${share.toFixed(3)})`;
      say(flux, short(fluxes[k]));
    });
  }
}

/** Return the reactions that are listed, in their order: those that are lit before others. */
function some(reactions, isLit) {
  if (reactions.length <= LISTED) return reactions;
  const first = new Set([...new Set([...reactions.filter(isLit), ...reactions])].slice(0, LISTED));
  return reactions.filter((reaction) => first.has(reaction));
}

function rowOf(reaction, open) {
  const bar = h("span", { class: "flux-bar", "aria-hidden": "true" });
  const flux = h("span", { class: "flux" });
  const item = h("li", {}, h("button", { onclick: open, title: "Change this reaction" }, bar, math(reaction.latex), flux));
  return { item, bar, flux };
}
