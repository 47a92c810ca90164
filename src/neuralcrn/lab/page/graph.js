/** The third view, first half: the circuit as a graph of quantities and weights, at the moment. */

import { colour, signColour } from "./colours.js";
import { fill, h, say } from "./dom.js";
import { distance, layoutOf } from "./graph_layout.js";
import { amountsNow, railsOf, valueOf } from "./moment.js";
import { math, spoken } from "./notation.js";
import { count, fixed } from "./numbers.js";
import { drawing } from "./plane.js";
import { tableBehind } from "./tables.js";
import { noteOver } from "./tooltip.js";

/** Number of weights beyond which only the largest are drawn. */
const DRAWN = 400;
/** Nodes of a layer beyond which they have no names. */
const NAMED = 24;
const REACH = 8;

/**
 * Draw the circuit of a lab into a card.
 * @param {HTMLElement} card
 * @param {import("./lab.js").Lab} lab
 */
export function mountGraph(card, lab) {
  const view = new GraphView(lab);
  card.querySelector("header").append(view.choice);
  card.append(view.counts, view.figure);
  tableBehind(card, view.figure, () => view.table());
}

class GraphView {
  #layout = null;

  constructor(lab) {
    this.lab = lab;
    this.canvas = drawing((...given) => this.#draw(...given));
    this.names = h("div", { class: "names" });
    this.figure = h("div", { class: "figure graph" }, this.canvas.element, this.names);
    this.counts = h("p", { class: "caption" });
    this.choice = h("select", {
      class: "weights", "aria-label": "Weight to follow", onchange: () => lab.set("selected", this.choice.value || null),
    });
    lab.on(["circuit"], () => this.#describe());
    lab.on(["selected"], () => (this.choice.value = lab.get("selected") ?? ""));
    lab.on(["circuit", "amounts", "step", "time", "selected"], this.canvas.redraw);
    noteOver(this.canvas.element, (x, y) => this.#about(x, y));
    this.canvas.element.addEventListener("click", (event) => this.#click(event.offsetX, event.offsetY));
  }

  /** Return weights with their species and values. */
  table() {
    const amounts = amountsNow(this.lab);
    return {
      caption: "Weights: concentrations of their positive and negative species",
      head: ["weight", "positive", "negative", "value"],
      rows: (this.lab.get("circuit")?.weights ?? []).map(({ latex, species }) => [
        spoken(latex), ...[0, 1].map((k) => fixed(amounts.get(species[k]) ?? NaN)), fixed(valueOf(species, amounts)),
      ]),
    };
  }

  #describe() {
    const circuit = this.lab.get("circuit");
    if (!circuit) return;
    const { species, reactions, phases, max_order: order } = circuit.counts;
    say(this.counts, `${count(species)} species, ${count(reactions)} reactions, ${count(phases)} phases, order ${order}`);
    const options = circuit.weights.map(({ name, latex }) => h("option", { value: name }, spoken(latex)));
    fill(this.choice, h("option", { value: "" }, "follow a weight"), options);
    this.choice.value = this.lab.get("selected") ?? "";
    this.#layout = null;
  }

  #draw(context, width, height, text) {
    const circuit = this.lab.get("circuit");
    if (!circuit) return;
    const fresh = !this.#layout || this.#layout.width !== width || this.#layout.height !== height;
    if (fresh) {
      const { nodes, edges } = layoutOf(circuit, width, height, text);
      this.#layout = { nodes: nodes.map((node) => ({ ...node, rails: railsOf(circuit, node.name) })), edges, width, height };
      this.#name();
    }
    const amounts = amountsNow(this.lab);
    const values = this.#layout.edges.map(({ weight }) => valueOf(weight.species, amounts));
    const largest = Math.max(...values.map((value) => Math.abs(value) || 0), 1e-9);
    const selected = this.lab.get("selected");
    const least = threshold(values);
    this.#layout.edges.forEach((edge, k) => {
      const chosen = edge.weight.name === selected;
      if (chosen || Math.abs(values[k]) >= least) drawEdge(context, edge.points, values[k] / largest, { chosen, faint: selected !== null });
    });
    for (const node of this.#layout.nodes) drawNode(context, node, valueOf(node.rails, amounts));
  }

  /** Write the names of the nodes over the drawing. */
  #name() {
    const { nodes } = this.#layout;
    const crowded = (node) => nodes.filter((other) => other.layer === node.layer).length > NAMED;
    const first = Math.min(...nodes.map((node) => node.layer));
    const ends = nodes.filter((node) => !crowded(node));
    fill(this.names, ends.map((node) => h("span", { class: node.layer === first ? "before" : "" }, math(node.latex))));
    [...this.names.children].forEach((label, k) => {
      const { x, y, radius } = ends[k];
      label.style.top = `${y}px`;
      label.style.left = `${ends[k].layer === first ? x - radius - 4 : x + radius + 4}px`;
    });
  }

  #find(x, y) {
    if (!this.#layout) return {};
    const node = this.#layout.nodes.find((item) => Math.hypot(item.x - x, item.y - y) <= item.radius + 2);
    if (node) return { node };
    const near = this.#layout.edges.map((edge) => ({ edge, away: distance(edge.points, x, y) }));
    const best = near.reduce((least, item) => (item.away < least.away ? item : least), { away: REACH });
    return { weight: best.edge?.weight };
  }

  #about(x, y) {
    const { node, weight } = this.#find(x, y);
    const found = node ?? weight;
    if (!found) return null;
    const amounts = amountsNow(this.lab);
    const own = this.lab.get("circuit").species.filter(({ variable }) => variable === found.name);
    const rails = own.map(({ name, latex }) => h("span", {}, math(latex), ` = ${fixed(amounts.get(name))}`));
    if (node) return rails;
    return [h("span", {}, math(found.latex), ` = ${fixed(valueOf(found.species, amounts))}`), ...rails];
  }

  #click(x, y) {
    const { node, weight } = this.#find(x, y);
    const name = weight?.name ?? node?.name ?? null;
    this.lab.set("selected", name === this.lab.get("selected") ? null : name);
  }
}

function threshold(values) {
  if (values.length <= DRAWN) return 0;
  return [...values].map(Math.abs).sort((a, b) => b - a)[DRAWN];
}

function drawEdge(context, [start, first, second, end], share, { chosen, faint }) {
  if (!Number.isFinite(share)) share = 0;
  context.beginPath();
  context.moveTo(...start);
  context.bezierCurveTo(...first, ...second, ...end);
  if (chosen) {
    context.lineWidth = 8;
    context.strokeStyle = colour("--orange", 0.45);
    context.stroke();
  }
  context.lineWidth = 0.6 + 3.4 * Math.abs(share);
  context.strokeStyle = colour(signColour(share), (0.2 + 0.7 * Math.sqrt(Math.abs(share))) * (faint && !chosen ? 0.35 : 1));
  context.stroke();
}

function drawNode(context, { x, y, radius }, value) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour("--card");
  context.fill();
  context.fillStyle = colour(signColour(value), Number.isFinite(value) ? 0.85 * Math.min(1, Math.abs(value)) : 0);
  context.fill();
  context.lineWidth = 1.2;
  context.strokeStyle = colour("--muted");
  context.stroke();
}
