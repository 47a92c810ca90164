/** Two circuits side by side on the same samples. */

import { Choice } from "./choice.js";
import { dialog } from "./dialog.js";
import { fill, h, say } from "./dom.js";
import { Lab } from "./lab.js";
import { mountLoss } from "./loss.js";
import { mountMap } from "./map.js";
import { count, percent, short } from "./numbers.js";

const ROWS = ["species", "reactions", "phases", "at most reactants", "molecules per unit", "samples", "validation loss", "accuracy"];
const OTHER = "quadratic-dense";

/**
 * Return the dialog in which two labs learn the samples of a lab.
 * @param {import("./lab.js").Lab} lab
 * @param {Object} catalogue
 */
export function comparison(lab, catalogue) {
  let pair = [];
  return dialog("Compare two circuits", async (body) => {
    const scene = lab.get("scene")?.scene;
    if (!scene) return;
    lab.command("pause");
    pair = [new Lab(), new Lab()];
    const panels = pair.map((one, k) => panel(one, catalogue, k ? "Second" : "First"));
    fill(body, controls(pair), h("div", { class: "pair" }, panels), counts(pair));
    const other = scene.circuit === OTHER ? null : OTHER;
    const second = { ...scene, circuit: other, rule: null, equation: null, options: {}, factors: {}, removed: [] };
    await Promise.all([pair[0].begin({ scene }), pair[1].begin({ scene: second })]);
    for (const one of pair) one.command("play");
  }, {
    wide: true,
    closed: () => {
      for (const one of pair) if (one.id) one.close();
      pair = [];
    },
  });
}

function controls(pair) {
  const both = (command, details) => () => pair.forEach((one) => one.command(command, details));
  return h("div", { class: "run" },
    h("button", { class: "plain", onclick: both("play") }, "Play both"),
    h("button", { class: "plain", onclick: both("pause") }, "Pause both"),
    h("button", { class: "plain", onclick: both("rewind") }, "Rewind both"));
}

function panel(one, catalogue, title) {
  const card = (name) => h("section", { class: "card" }, h("header", {}, h("h3", {}, name)));
  const circuit = new Choice(one, {
    key: "circuit", anew: true, title: `${title} circuit`, options: catalogue.circuits.map(({ name, summary }) => [name, name, summary]),
    read: (scene, made) => scene.circuit ?? made.name,
    patch: (name) => ({ circuit: name, rule: null, equation: null, options: null, factors: null, removed: null }),
  });
  const error = h("p", { class: "refused", role: "status" });
  const [map, loss] = [card("What it has learned"), card("Loss and accuracy")];
  mountMap(map, one);
  mountLoss(loss, one);
  one.on(["scene", "circuit"], () => one.get("scene") && circuit.show(one.get("scene").scene, one.get("circuit") ?? {}));
  one.on(["error"], () => say(error, one.get("error")?.error ?? ""));
  return h("div", { class: "panel" }, circuit.element, error, map, loss);
}

/** Return the table of numbers of both. */
function counts(pair) {
  const cells = ROWS.map(() => pair.map(() => h("td", {})));
  pair.forEach((one, column) => one.on(["circuit", "progress", "scene"], () => {
    numbersOf(one).forEach((text, row) => say(cells[row][column], text));
  }));
  return h("table", { class: "counts-table" },
    h("caption", {}, "Both in numbers"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "quantity"), h("th", { scope: "col" }, "first"), h("th", { scope: "col" }, "second"))),
    h("tbody", {}, ROWS.map((name, row) => h("tr", {}, h("th", { scope: "row" }, name), cells[row]))));
}

function numbersOf(one) {
  const { species, reactions, phases, max_order: order } = one.get("circuit")?.counts ?? {};
  const progress = one.get("progress");
  const volume = one.get("scene")?.scene.volume;
  return [
    ...[species, reactions, phases, order].map((value) => (value === undefined ? "–" : count(value))),
    volume ? count(volume) : "concentrations", progress ? count(progress.samples) : "–",
    short(progress?.loss.at(-1)?.[2]), percent(progress?.accuracy.at(-1)?.[1] ?? NaN),
  ];
}
