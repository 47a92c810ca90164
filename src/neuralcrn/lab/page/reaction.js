/** What can be done to one reaction: another rate constant, and species taken out of the pot. */

import { fill, h, icon } from "./dom.js";
import { math } from "./notation.js";
import { short } from "./numbers.js";
import { Slider } from "./slider.js";

/** The controls of the reaction that is chosen. */
export class ReactionControls {
  #controls = [];

  /** @param {import("./lab.js").Lab} lab */
  constructor(lab) {
    this.lab = lab;
    this.detail = h("div", {});
    this.out = h("p", { class: "chips", hidden: true });
    this.element = h("div", { class: "detail" }, this.detail, this.out);
    lab.on(["scene"], () => this.#show());
  }

  /** Show the controls of a reaction of the event `circuit`. */
  open(reaction) {
    const slider = this.#slider(reaction);
    const names = [...new Set([...reaction.reactants, ...reaction.products].map(([name]) => name))];
    const chips = names.map((name) => new Chip(this.lab, name));
    this.#controls = [slider, ...chips];
    const close = h("button", { class: "quiet", "aria-label": "Close", onclick: () => this.close() }, icon("close"));
    const heading = h("h3", {}, math(reaction.latex));
    const species = h("p", { class: "chips" }, "Take out of the pot: ", chips.map((chip) => chip.element));
    fill(this.detail, h("header", {}, heading, close), slider.element, species);
    this.#show();
    slider.range.focus();
  }

  /** Show nothing. */
  close() {
    this.#controls = [];
    fill(this.detail);
  }

  #show() {
    const scene = this.lab.get("scene")?.scene;
    if (!scene) return;
    for (const control of this.#controls) control.show(scene);
    const removed = (scene.removed ?? []).map((name) => new Chip(this.lab, name));
    for (const chip of removed) chip.show(scene);
    this.out.hidden = !removed.length;
    fill(this.out, "Out of the pot: ", removed.map((chip) => chip.element));
  }

  #slider({ key, text }) {
    return new Slider(this.lab, {
      key: `factors.${key}`, title: "Rate constant, times", low: 0.01, high: 100, logarithmic: true, standard: 1,
      read: (scene) => scene.factors?.[key],
      patch: (factor) => ({ factors: { [key]: factor === 1 ? null : factor } }),
      label: (factor) => `Rate constant of ${text} times ${short(factor)}`,
    });
  }
}

/** A button that takes a species out of the pot, or puts it back. */
class Chip {
  constructor(lab, name) {
    this.lab = lab;
    this.name = name;
    const latex = lab.get("circuit")?.species.find((species) => species.name === name)?.latex ?? `\\text{${name}}`;
    this.element = h("button", { class: "chip", onclick: () => this.#turn() }, math(latex));
  }

  /** Show whether the species is out of the pot. */
  show(scene) {
    this.element.setAttribute("aria-pressed", String((scene.removed ?? []).includes(this.name)));
  }

  #turn() {
    const removed = this.lab.get("scene").scene.removed ?? [];
    const out = removed.includes(this.name);
    const rest = out ? removed.filter((other) => other !== this.name) : [...removed, this.name];
    this.lab.change({ removed: rest }, `${this.name} ${out ? "put back" : "removed"}`, `removed.${this.name}`);
  }
}
