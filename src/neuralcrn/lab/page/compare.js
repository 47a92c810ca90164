/** Circuits side by side on the same samples. */

import { CircuitChoice } from "./circuit_controls.js";
import { dialog } from "./dialog.js";
import { fill, h, say } from "./dom.js";
import { Lab } from "./lab.js";
import { mountLoss } from "./loss.js";
import { mountMap } from "./map.js";
import { count, percent, short } from "./numbers.js";

const ROWS = ["circuit", "learning rule", "species", "reactions", "phases", "at most reactants", "molecules per unit", "samples", "validation loss", "accuracy"];
const OTHER = "quadratic-dense";
const ORDINALS = ["First", "Second", "Third", "Fourth"];

/**
 * Return the dialog in which several labs learn the samples of a lab.
 * @param {import("./lab.js").Lab} lab
 * @param {Promise<Object>} catalogue
 */
export function comparison(lab, catalogue) {
  let all = [];
  return dialog("Compare circuits", async (body, element) => {
    const choices = await catalogue;
    const view = lab.get("scene");
    if (!view || !element.open) return;
    lab.command("pause");
    const scenes = [{ scene: view.scene }, ...others(view, lab.get("origin"))];
    all = scenes.map(() => new Lab());
    const panels = all.map((one, k) => panel(one, choices, ORDINALS[k]));
    fill(body, controls(all), h("div", { class: "panels" }, panels), counts(all));
    all.forEach((one, k) => one.begin(scenes[k]).catch((error) => one.set("error", { error: error.message })));
  }, {
    wide: true,
    closed: () => {
      for (const one of all) if (one.id) one.close();
      all = [];
    },
  });
}

/** Return the scenes beside that of the lab: those of the gallery, or another circuit. */
function others({ scene, address }, origin) {
  if (origin?.address === address && origin.others?.length) return origin.others.map((other) => ({ address: other }));
  const circuit = scene.circuit === OTHER ? null : OTHER;
  return [{ scene: { ...scene, circuit, rule: null, equation: null, options: {}, factors: {}, removed: [], epochs: null } }];
}

function controls(all) {
  const each = (command) => () => all.forEach((one) => one.command(command));
  return h("div", { class: "run" },
    h("button", { class: "plain", onclick: each("play") }, "Play all"),
    h("button", { class: "plain", onclick: each("pause") }, "Pause all"),
    h("button", { class: "plain", onclick: each("rewind") }, "Rewind all"));
}

function panel(one, catalogue, title) {
  const card = (name) => h("section", { class: "card" }, h("header", {}, h("h3", {}, name)));
  const circuit = new CircuitChoice(one, catalogue, (choice) => `${title} ${choice.toLowerCase()}`);
  const error = h("p", { class: "refused", role: "status" });
  const [map, loss] = [card("What it has learned"), card("Loss and accuracy")];
  mountMap(map, one);
  mountLoss(loss, one);
  one.on(["scene", "circuit", "error"], () => one.get("scene") && one.get("circuit") && circuit.show(one.get("scene").scene, one.get("circuit")));
  one.on(["error"], () => say(error, one.get("error")?.error ?? ""));
  return h("div", { class: "panel" }, circuit.elements, error, map, loss);
}

/** Return the table of numbers of all. */
function counts(all) {
  const cells = ROWS.map(() => all.map(() => h("td", {})));
  all.forEach((one, column) => one.on(["circuit", "progress", "scene"], () => {
    numbersOf(one).forEach((text, row) => say(cells[row][column], text));
  }));
  return h("table", { class: "counts-table" },
    h("caption", {}, "In numbers"),
    h("thead", {}, h("tr", {}, ["quantity", ...ORDINALS.slice(0, all.length)].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ROWS.map((name, row) => h("tr", {}, h("th", { scope: "row" }, name), cells[row]))));
}

function numbersOf(one) {
  const { name, rule, counts } = one.get("circuit") ?? {};
  const { species, reactions, phases, max_order: order } = counts ?? {};
  const progress = one.get("progress");
  const volume = one.get("scene")?.scene.volume;
  return [
    name ?? "–", rule ?? "–", ...[species, reactions, phases, order].map((value) => (value === undefined ? "–" : count(value))),
    volume ? count(volume) : "concentrations", progress ? count(progress.samples) : "–",
    short(progress?.loss.at(-1)?.[2]), percent(progress?.accuracy.at(-1)?.[1] ?? NaN),
  ];
}
