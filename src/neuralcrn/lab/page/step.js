/** The second view: concentrations through one training step, with its phases; scrubbed by time. */

import { colour, lineColour } from "./colours.js";
import { fill, h, say } from "./dom.js";
import { calm, perFrame } from "./frames.js";
import { momentOf, phaseAxis } from "./moment.js";
import { math, spoken, unsigned } from "./notation.js";
import { brief, fixed, short } from "./numbers.js";
import { drawing, Plane, range, stroke } from "./plane.js";
import { panelsOf } from "./step_groups.js";
import { tableBehind } from "./tables.js";

/** Time in which the cursor passes through a step while the lab plays, milliseconds. */
const SWEEP = 4000;
const POSITIONS = 1000;
/** Concentration below which nothing is seen of a change: the rounding errors of one. */
const LEAST = 1e-9;

/**
 * Draw a training step of a lab into a card.
 * @param {HTMLElement} card
 * @param {import("./lab.js").Lab} lab
 */
export function mountStep(card, lab) {
  const view = new StepView(lab);
  card.querySelector("header").append(view.moment);
  card.append(view.figure);
  tableBehind(card, view.figure, () => view.table());
}

class StepView {
  #panels = [];
  #held = false;
  #started = 0;

  constructor(lab) {
    this.lab = lab;
    this.moment = h("p", { class: "moment" });
    this.canvas = drawing((...given) => this.#draw(...given));
    this.legends = h("div", { class: "legends" });
    this.scrub = h("input", {
      type: "range", class: "scrub", min: 0, max: POSITIONS, value: POSITIONS, id: "scrub",
      "aria-label": "Time in the training step", oninput: () => this.#scrubbed(),
    });
    this.figure = h("div", { class: "figure step" }, h("div", { class: "traces" }, this.canvas.element, this.legends), this.scrub);
    this.#listen();
  }

  #listen() {
    const { lab } = this;
    const sweep = perFrame((now) => this.#sweep(now, sweep));
    lab.on(["step", "selected", "circuit"], () => this.#update());
    lab.on(["time"], () => this.#show());
    lab.on(["progress"], sweep);
    this.canvas.element.addEventListener("pointerdown", (event) => {
      this.canvas.element.setPointerCapture(event.pointerId);
      this.#point(event);
    });
    this.canvas.element.addEventListener("pointermove", (event) => event.buttons && this.#point(event));
    this.scrub.addEventListener("pointerdown", () => (this.#held = true));
    this.scrub.addEventListener("change", () => (this.#held = false));
  }

  /** Return what is drawn as a table: the quantities at the ends of the phases. */
  table() {
    const step = this.lab.get("step");
    const traces = this.#panels.flatMap((panel) => panel.traces);
    const ends = (step?.boundaries ?? []).map(([phase, , end]) => ({ phase, end, row: momentOf(step, end).row }));
    return {
      caption: "Values at the ends of the phases; weights as changes since the start of the step",
      head: ["phase", "time", ...traces.map((trace) => spoken(this.#latex(trace)))],
      rows: ends.map(({ phase, end, row }) => [phase, short(end), ...traces.map(({ values }) => fixed(values[row]))]),
    };
  }

  #update() {
    const step = this.lab.get("step");
    if (!step) return;
    this.#panels = panelsOf(step, this.lab.get("selected"));
    this.figure.style.setProperty("--panels", String(this.#panels.length));
    fill(this.legends, this.#panels.map((panel) => this.#legend(panel)));
    this.#show();
  }

  #legend(panel) {
    const entries = panel.traces.map((trace, k) =>
      h("li", {},
        h("button", {
          class: `entry line-${k}${trace.selected ? " selected" : ""}`,
          onclick: () => this.lab.set("selected", trace.selected ? null : trace.quantity.name),
          "aria-pressed": String(trace.selected),
        }, math(this.#latex(trace)), h("output", {}))),
    );
    return h("ul", { class: "legend", "aria-label": panel.title }, entries);
  }

  /** Show the values of the moment, and draw. */
  #show() {
    const step = this.lab.get("step");
    if (!step) return;
    const now = momentOf(step, this.lab.get("time"));
    say(this.moment, `${now.phase}, time ${short(now.time)}`);
    const traces = this.#panels.flatMap((panel) => panel.traces);
    this.legends.querySelectorAll("output").forEach((place, k) => {
      say(place, brief(traces[k].values[now.row]));
    });
    const axis = phaseAxis(step.boundaries);
    if (!this.#held) this.scrub.value = String((POSITIONS * axis.place(now.time)) / step.boundaries.length);
    this.scrub.setAttribute("aria-valuetext", this.moment.textContent);
    this.canvas.redraw();
  }

  #scrubbed() {
    const step = this.lab.get("step");
    if (step) this.#go(phaseAxis(step.boundaries).time((this.scrub.value / POSITIONS) * step.boundaries.length));
  }

  #point(event) {
    const step = this.lab.get("step");
    if (!step) return;
    const share = event.offsetX / this.canvas.element.clientWidth;
    this.#go(phaseAxis(step.boundaries).time(share * step.boundaries.length));
  }

  #go(time) {
    if (this.lab.get("progress")?.playing) this.lab.command("pause");
    this.lab.set("time", time);
  }

  /** While the lab plays the cursor passes through the phases; with less motion it stays at the end. */
  #sweep(now, again) {
    const step = this.lab.get("step");
    if (!this.lab.get("progress")?.playing || !step || calm()) {
      this.#started = 0;
      return;
    }
    this.#started ||= now;
    const place = (((now - this.#started) % SWEEP) / SWEEP) * step.boundaries.length;
    this.lab.set("time", phaseAxis(step.boundaries).time(place));
    again();
  }

  /** Return the notation of what is drawn: of one species, or of a quantity, which has no sign. */
  #latex({ quantity, species }) {
    const latex = this.lab.get("circuit")?.species.find(({ name }) => name === species[0])?.latex ?? `\\text{${quantity.name}}`;
    return species.length < quantity.species.length ? latex : unsigned(latex);
  }

  #draw(context, width, height, text) {
    const step = this.lab.get("step");
    if (!step || !this.#panels.length) return;
    const axis = phaseAxis(step.boundaries);
    const above = 1.8 * text;
    this.#drawPhases(context, step, width, height, text, above);
    const places = Array.from(step.times, (time) => axis.place(time));
    const tall = (height - above) / this.#panels.length;
    this.#panels.forEach((panel, k) => {
      const box = { left: 0, top: above + k * tall + 1.3 * text, width, height: tall - 1.7 * text };
      drawPanel(context, panel, new Plane(box, [0, step.boundaries.length], panelRange(panel)), places, text);
    });
    const x = (axis.place(momentOf(step, this.lab.get("time")).time) / step.boundaries.length) * width;
    context.strokeStyle = colour("--text");
    context.lineWidth = 1;
    stroke(context, [[x, above], [x, height]]);
  }

  #drawPhases(context, step, width, height, text, above) {
    const now = momentOf(step, this.lab.get("time"));
    const wide = width / step.boundaries.length;
    context.textBaseline = "middle";
    context.textAlign = "center";
    step.boundaries.forEach(([phase, start], k) => {
      const current = start === now.start && phase === now.phase;
      context.fillStyle = current ? colour("--accent", 0.09) : colour("--text", k % 2 ? 0 : 0.03);
      context.fillRect(k * wide, 0, wide, height);
      context.fillStyle = colour(current ? "--text" : "--muted");
      const name = wide > 0.5 * text * phase.length ? phase : phase.slice(0, Math.floor(wide / (0.62 * text)));
      if (name.length > 2 || name === phase) context.fillText(name, (k + 0.5) * wide, 0.5 * above, wide);
    });
  }
}

function panelRange(panel) {
  return range([0, LEAST, ...panel.traces.flatMap((trace) => [Math.min(...trace.values), Math.max(...trace.values)])], 0.08);
}

function drawPanel(context, panel, plane, places, text) {
  const { left, width, top } = plane.box;
  context.strokeStyle = colour("--line");
  context.lineWidth = 1;
  stroke(context, [[left, plane.y(0)], [left + width, plane.y(0)]]);
  const some = panel.traces.some((trace) => trace.selected);
  panel.traces.forEach(({ values, selected }, k) => {
    plane.curve(context, places, values, colour(lineColour(k), some && !selected ? 0.3 : 1), selected ? 2.6 : 1.5);
  });
  context.fillStyle = colour("--muted");
  context.textAlign = "left";
  context.textBaseline = "top";
  const shown = panel.hidden ? ` (${panel.traces.length} of ${panel.traces.length + panel.hidden})` : "";
  const most = Math.max(...panel.traces.map(({ values }) => Math.max(...values)));
  context.fillText(`${panel.title}${shown}${most > LEAST ? `, up to ${short(most)}` : ""}`, left + 3, top - 1.15 * text);
}
