/** Controls of the circuit: which one, its learning rule, and its options, which differ from one to the next. */

import { Choice, Switch, Typed } from "./choice.js";
import { fill, h } from "./dom.js";
import { Slider } from "./slider.js";

/** Options that are always seen; the others are under "More options". */
const FIRST = ["hidden", "horizon", "annihilation"];
const ELSEWHERE = ["learning_rate", "optimiser"];

/** Return the field of a control that changes an option of the circuit. */
export function option(name, field) {
  return {
    key: `options.${name}`, read: (scene) => scene.options?.[name],
    patch: (value) => ({ options: { [name]: value } }), ...field,
  };
}

/** The circuit, and its learning rule among those that support it. */
export class CircuitChoice {
  #name = null;

  /**
   * @param {import("./lab.js").Lab} lab
   * @param {Object} catalogue
   * @param {function(string): string} titled gives the titles of both choices
   */
  constructor(lab, catalogue, titled = (title) => title) {
    this.rules = new Map(catalogue.rules.map((rule) => [rule.name, rule.summary]));
    this.circuit = new Choice(lab, {
      key: "circuit", title: titled("Circuit"), anew: true,
      options: [...catalogue.circuits.map(({ name, summary }) => [name, name, summary]), ["own", "your equation", "", true]],
      read: (scene, made) => (scene.equation ? "own" : scene.circuit ?? made.name),
      patch: (name) => ({ circuit: name, rule: null, equation: null, options: null, factors: null, removed: null }),
    });
    this.rule = new Choice(lab, {
      key: "rule", title: titled("Learning rule"), anew: true, options: [], read: (scene, made) => scene.rule ?? made.rule,
      patch: (name) => ({ rule: name }),
    });
    this.elements = [this.circuit.element, this.rule.element];
  }

  /** Show the values of a scene and of the event `circuit`. */
  show(scene, made) {
    if (made.name !== this.#name) {
      this.#name = made.name;
      this.rule.offer(made.rules.map((rule) => [rule, rule, this.rules.get(rule)]));
    }
    this.circuit.show(scene, made);
    this.rule.show(scene, made);
  }
}

/** Circuit, rule and the options of the circuit, which differ from one to the next. */
export class CircuitControls {
  #name = null;
  #options = [];

  constructor(lab, catalogue) {
    this.lab = lab;
    this.choice = new CircuitChoice(lab, catalogue);
    this.places = [h("div", {}), h("details", { class: "more" })];
    this.element = h("details", { class: "group", open: true }, h("summary", {}, "Circuit"), this.choice.elements, this.places);
  }

  /** Show the values of a scene and of the event `circuit`. */
  show(scene, made) {
    if (made.name !== this.#name) this.#offer(made);
    this.choice.show(scene, made);
    for (const control of this.#options) control.show(scene, made.options);
  }

  #offer({ name, choices }) {
    this.#name = name;
    const known = choices.filter((item) => !ELSEWHERE.includes(item.name));
    const made = known.map((item) => ({ item, control: optionControl(this.lab, item) }));
    this.#options = made.map(({ control }) => control);
    const [first, rest] = [true, false].map((wanted) =>
      made.filter(({ item }) => FIRST.includes(item.name) === wanted).map(({ control }) => control.element));
    fill(this.places[0], first);
    fill(this.places[1], h("summary", {}, "More options"), rest);
    this.places[1].hidden = !rest.length;
  }
}

function optionControl(lab, item) {
  const field = option(item.name, { title: item.title ?? item.name, sentence: item.sentence });
  if (item.kind === "boolean") return new Switch(lab, { ...field, read: (scene) => scene.options?.[item.name] ?? item.default ?? false });
  if (item.choices?.length) {
    const options = item.choices.map((choice) => [choice, choice]);
    return new Choice(lab, { ...field, options, read: (scene, defaults) => scene.options?.[item.name] ?? defaults[item.name] ?? item.default });
  }
  if (item.kind === "text") return new Typed(lab, { ...field, standard: item.default });
  const { low, high, logarithmic, kind, default: standard } = item;
  return new Slider(lab, { ...field, low, high, logarithmic, standard, integer: kind !== "number", several: kind === "integers" });
}
