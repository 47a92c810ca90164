/** Choices, switches and typed values of the scene. */

import { h } from "./dom.js";
import { known } from "./slider.js";

let made = 0;

/** A choice of the scene. */
export class Choice {
  /**
   * @param {import("./lab.js").Lab} lab
   * @param {Object} field with `key`, `title`, `options` as [value, text, sentence, hidden], `read`, `patch`, `label`, and
   *   `anew` if the training begins again
   */
  constructor(lab, field) {
    this.lab = lab;
    this.field = { label: (value) => `${field.title}: ${value}`, ...field };
    const id = `choice-${made++}`;
    this.select = h("select", { id, onchange: () => this.#choose() });
    this.element = h("div", { class: "choice" }, h("label", { for: id }, field.title), this.select);
    this.offer(field.options);
  }

  /** Offer other options; those that are hidden can be shown, but not chosen. */
  offer(options) {
    this.select.replaceChildren(...options.map(([value, text, title, hidden = false]) => h("option", { value, title, hidden }, text)));
  }

  /** Show the value of a scene. */
  show(scene, defaults = {}) {
    if (this.lab.waits(this.field.key)) return;
    this.select.value = this.field.read(scene, defaults) ?? "";
  }

  #choose() {
    const value = this.select.value;
    const { patch, label, key, anew } = this.field;
    if (anew) this.lab.restart(patch(value), label(value), key);
    else this.lab.change(patch(value), label(value), key);
  }
}

/** Something of the scene that is on or off. */
export class Switch {
  /**
   * @param {import("./lab.js").Lab} lab
   * @param {Object} field with `key`, `title`, `sentence`, `read` (boolean), `patch`, and `label`
   */
  constructor(lab, field) {
    this.lab = lab;
    this.field = { label: (on) => `${field.title} ${on ? "on" : "off"}`, ...field };
    this.button = h("button", { class: "switch", role: "switch", "aria-checked": "false", onclick: () => this.#turn() }, h("span", {}, field.title));
    this.element = h("div", { class: "switched", title: field.sentence ?? "" }, this.button);
    if (field.sentence) this.button.setAttribute("aria-description", field.sentence);
  }

  /** Show the value of a scene. */
  show(scene) {
    if (!this.lab.waits(this.field.key)) this.button.setAttribute("aria-checked", String(this.field.read(scene)));
  }

  #turn() {
    const on = this.button.getAttribute("aria-checked") !== "true";
    this.button.setAttribute("aria-checked", String(on));
    this.lab.change(this.field.patch(on), this.field.label(on), this.field.key);
  }
}

/** A value of the scene that is typed: a number, or numbers separated by commas. */
export class Typed {
  /**
   * @param {import("./lab.js").Lab} lab
   * @param {Object} field with `key`, `title`, `sentence`, `standard`, `read`, `patch`
   */
  constructor(lab, field) {
    this.lab = lab;
    this.field = field;
    const id = `typed-${made++}`;
    this.input = h("input", { id, type: "text", onchange: () => this.#type() });
    this.element = h("div", { class: "choice", title: field.sentence ?? "" }, h("label", { for: id }, field.title), this.input);
  }

  /** Show the value of a scene. */
  show(scene, defaults = {}) {
    if (document.activeElement === this.input || this.lab.waits(this.field.key)) return;
    const { read, key, standard } = this.field;
    this.input.value = String(read(scene) ?? known(key, defaults) ?? standard ?? "");
  }

  #type() {
    const { patch, title, key } = this.field;
    this.lab.change(patch(valueOf(this.input.value)), `${title} ${this.input.value}`, key);
  }
}

/** Return numbers for text that is made of them, or the text. */
function valueOf(text) {
  const parts = text.split(",").map((part) => part.trim());
  if (!text.trim()) return null;
  if (parts.some((part) => part === "" || !Number.isFinite(Number(part)))) return text.trim();
  return parts.length > 1 ? parts.map(Number) : Number(parts[0]);
}
