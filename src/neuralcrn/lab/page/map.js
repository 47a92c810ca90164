/** The first view: what has been learned, as the map, fit or table of counts that suits the task. */

import { drawConfusion, confusionTable } from "./map_confusion.js";
import { aboutFit, drawFit, drawParity, fitTable, parityTable } from "./map_fit.js";
import { aboutPlane, drawPlane, planeTable } from "./map_plane.js";
import { h, say } from "./dom.js";
import { drawing } from "./plane.js";
import { tableBehind } from "./tables.js";
import { noteOver } from "./tooltip.js";

const EMPTY = { caption: "Nothing has been predicted yet", head: ["prediction"], rows: [] };

/** Kinds of maps: how they are drawn, what is said about a place of them, and their tables. */
const KINDS = {
  map: { draw: drawPlane, about: aboutPlane, table: planeTable },
  fit: { draw: drawFit, about: aboutFit, table: fitTable },
  parity: { draw: drawParity, about: aboutFit, table: parityTable },
  confusion: { draw: drawConfusion, about: () => null, table: confusionTable },
};

/**
 * Draw the map of a lab into a card.
 * @param {HTMLElement} card
 * @param {import("./lab.js").Lab} lab
 * @returns {{canvas: HTMLCanvasElement, plane: function(): (import("./plane.js").Plane|null)}} for painting
 */
export function mountMap(card, lab) {
  let plane = null;
  const canvas = drawing((context, width, height, text) => {
    const map = lab.get("map");
    plane = map ? KINDS[map.kind].draw(context, { map, step: lab.get("step"), width, height, text }) : null;
  });
  const words = h("p", { class: "caption" });
  const figure = h("div", { class: "figure square" }, canvas.element);
  card.querySelector("header").append(words);
  card.append(figure);
  lab.on(["map", "step"], canvas.redraw);
  lab.on(["map"], () => {
    const map = lab.get("map");
    if (map) say(words, KINDS[map.kind].table(map).caption);
  });
  tableBehind(card, figure, () => {
    const map = lab.get("map");
    return map ? KINDS[map.kind].table(map) : EMPTY;
  });
  noteOver(canvas.element, (left, top) => {
    const map = lab.get("map");
    return map && plane ? KINDS[map.kind].about(map, plane, left, top) : null;
  });
  return { canvas: canvas.element, plane: () => (lab.get("map")?.kind === "map" ? plane : null) };
}
