/** Painting: points of two or three classes, put on the map with a brush. */

import { h } from "./dom.js";

const BRUSHES = [
  [0, "0", "Paint points of class 0"],
  [1, "1", "Paint points of class 1"],
  [2, "2", "Paint points of class 2"],
  ["erase", "erase", "Erase points"],
];
/** Distance between points of one stroke, and reach of the eraser, CSS pixels. */
const SPACING = 14, ERASER = 16;
/** Points of each class without which there is nothing to learn. */
const LEAST = 3;

/**
 * Add brushes to the card of the map.
 * @param {HTMLElement} card
 * @param {import("./lab.js").Lab} lab
 * @param {{canvas: HTMLCanvasElement, plane: function(): (import("./plane.js").Plane|null)}} map
 */
export function mountPaint(card, lab, map) {
  const painting = new Painting(lab, map);
  card.append(painting.element);
}

class Painting {
  #brush = null;
  #last = null;

  constructor(lab, map) {
    this.lab = lab;
    this.map = map;
    this.buttons = BRUSHES.map(([brush, title, sentence]) => h(
      "button",
      { class: `brush brush-${brush}`, title: sentence, "aria-label": sentence, "aria-pressed": "false", onclick: () => this.#take(brush) },
      title,
    ));
    const clear = h("button", { class: "plain", onclick: () => this.#clear(), hidden: true }, "clear");
    this.clear = clear;
    this.element = h("div", { class: "brushes", role: "group", "aria-label": "Paint points" }, h("span", { class: "label" }, "paint"), this.buttons, clear);
    lab.on(["map"], () => (this.element.hidden = lab.get("map")?.kind !== "map"));
    map.canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    map.canvas.addEventListener("pointermove", (event) => event.buttons && this.#move(event));
  }

  /** Take up a brush, or put it down. */
  #take(brush) {
    this.#brush = this.#brush === brush ? null : brush;
    this.buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(BRUSHES[k][0] === this.#brush)));
    this.clear.hidden = this.#brush === null;
    this.map.canvas.classList.toggle("painted", this.#brush !== null);
    this.lab.set("painted", this.#brush === null ? null : (this.lab.get("painted") ?? this.#samples()));
  }

  /** Return the samples of the map in the unit square. */
  #samples() {
    const { points, classes, low, high } = this.lab.get("map");
    return Array.from(classes, (k, row) => [0, 1].map((axis) =>
      bounded((points[2 * row + axis] - low[axis]) / (high[axis] - low[axis]))).concat(k));
  }

  #begin(event) {
    if (this.#brush === null) return;
    this.map.canvas.setPointerCapture(event.pointerId);
    this.#last = null;
    this.#move(event);
  }

  #move(event) {
    const plane = this.map.plane();
    if (this.#brush === null || !plane?.holds(event.offsetX, event.offsetY)) return;
    const place = [event.offsetX, event.offsetY];
    if (this.#last && Math.hypot(place[0] - this.#last[0], place[1] - this.#last[1]) < SPACING) return;
    this.#last = place;
    const { left, top, width, height } = plane.box;
    const share = [(place[0] - left) / width, 1 - (place[1] - top) / height];
    const points = this.lab.get("painted") ?? [];
    this.#set(this.#brush === "erase"
      ? points.filter(([x, y]) => Math.hypot((x - share[0]) * width, (y - share[1]) * height) > ERASER)
      : [...points, [...share.map((value) => Number(bounded(value).toFixed(4))), this.#brush]]);
  }

  #clear() {
    this.lab.set("painted", []);
  }

  #set(points) {
    this.lab.set("painted", points);
    const counts = [0, 1, 2].map((k) => points.filter((point) => point[2] === k).length).filter(Boolean);
    if (counts.length < 2 || Math.min(...counts) < LEAST) return;
    const act = this.lab.get("progress")?.finished ? "restart" : "change";
    this.lab[act]({ task: { kind: "points", points } }, `${points.length} points`, "points");
  }
}

const bounded = (value) => Math.min(Math.max(value, 0), 1);
