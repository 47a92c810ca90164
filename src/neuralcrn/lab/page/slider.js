/** A number of the scene that is dragged or typed. The latest value is sent at once, the last always. */

import { h } from "./dom.js";
import { short } from "./numbers.js";

const POSITIONS = 1000;
let made = 0;

/** What a slider changes: a field of the scene, or several. */
export class Slider {
  #held = false;

  /**
   * @param {import("./lab.js").Lab} lab
   * @param {Object} field
   * @param {string} field.key names the drag
   * @param {string} field.title
   * @param {string} [field.sentence]
   * @param {number} field.low
   * @param {number} field.high
   * @param {boolean} [field.logarithmic] needs low > 0
   * @param {boolean} [field.integer]
   * @param {boolean} [field.several] whether several numbers can be typed, separated by commas
   * @param {number} [field.standard] value where the scene has none
   * @param {function(Object): (number|undefined)} field.read value in a scene
   * @param {function(number): Object} field.patch change of the scene
   * @param {function(number): string} [field.label] what undo says
   * @param {function(number): string} [field.text]
   */
  constructor(lab, field) {
    this.lab = lab;
    this.field = { label: (value) => `${field.title} ${(field.text ?? short)(value)}`, text: short, ...field };
    const id = `slider-${made++}`;
    this.range = h("input", {
      type: "range", id, min: 0, max: POSITIONS, step: 1,
      oninput: () => this.#drag(), onpointerdown: () => (this.#held = true), onchange: () => (this.#held = false),
    });
    this.number = h("input", {
      type: "text", inputmode: "decimal", class: "number", "aria-label": `${field.title}: type a number`, size: 7,
      onchange: () => this.#type(),
    });
    this.note = field.sentence ? h("p", { class: "note", id: `${id}-note` }, field.sentence) : null;
    if (this.note) this.range.setAttribute("aria-describedby", this.note.id);
    this.element = h("div", { class: "slider" }, h("label", { for: id }, field.title), this.number, this.range, this.note);
    this.element.title = field.sentence ?? "";
  }

  /** Show the value of a scene, unless the reader is moving it. */
  show(scene, defaults = {}) {
    const { key, read, standard } = this.field;
    if (this.#held || this.lab.waits(key)) return;
    this.#present(read(scene) ?? known(key, defaults) ?? standard ?? this.field.low);
  }

  #present(value, typed = false) {
    const text = [value].flat().map(this.field.text).join(", ");
    this.range.value = String(this.#position([value].flat()[0]));
    this.range.setAttribute("aria-valuetext", text);
    if (typed || document.activeElement !== this.number) {
      this.number.value = text;
      this.number.setAttribute("aria-invalid", "false");
    }
    this.element.classList.toggle("changed", value !== this.field.standard && this.field.standard !== undefined);
  }

  #drag() {
    const value = this.#value(Number(this.range.value));
    this.#present(value);
    this.#send(value);
  }

  #type() {
    const { low, high, integer, several, title, text } = this.field;
    const parts = several ? this.number.value.split(",") : [this.number.value.replace(",", ".")];
    const numbers = parts.map((part) => Number(part.replace("\u2212", "-").replace(/ ?%$/, "e-2")));
    const good = numbers.every((number) => Number.isFinite(number) && number >= low && number <= high);
    this.number.setAttribute("aria-invalid", String(!good));
    if (!good) return this.lab.set("error", { error: `${title}: give a number from ${text(low)} to ${text(high)}` });
    const values = numbers.map((number) => (integer ? Math.round(number) : number));
    const value = values.length > 1 ? values : values[0];
    this.lab.set("error", null);
    this.#present(value, true);
    return this.#send(value);
  }

  #send(value) {
    const { patch, label, key } = this.field;
    this.lab.change(patch(value), label(value), key);
  }

  #position(value) {
    const { low, high, logarithmic } = this.field;
    const scale = logarithmic ? Math.log : (x) => x;
    const share = (scale(Math.max(value, logarithmic ? low : -Infinity)) - scale(low)) / (scale(high) - scale(low));
    return Math.round(POSITIONS * Math.min(Math.max(share, 0), 1));
  }

  /** Return the value at a position, with three digits. */
  #value(position) {
    const { low, high, logarithmic, integer } = this.field;
    const share = position / POSITIONS;
    const value = logarithmic ? low * (high / low) ** share : low + share * (high - low);
    return integer ? Math.round(value) : Number(value.toPrecision(value > 0.995 * high ? 6 : 3));
  }
}

/** Return the value that an option of the circuit has without being set. */
export function known(key, defaults) {
  const [part, name] = key.split(".");
  return part === "options" ? defaults[name] : undefined;
}
