/** Simulation of a file of reactions: text, SBML, Antimony or JSON. */

import { path, tell } from "./api.js";
import { decoded } from "./arrays.js";
import { colour, lineColour } from "./colours.js";
import { fill, h } from "./dom.js";
import { fileButton } from "./files.js";
import { count, short } from "./numbers.js";
import { drawing, inside, Plane, range } from "./plane.js";
import { tableOf } from "./tables.js";

const EXAMPLE = "A + B -> 2B [k = 1]\nB -> 0 [k = 0.3]\nA @initial 1\nB @initial 0.01\n";
const LINES = 7;
/** Rows of the table of a time course. */
const ROWS = 60;

/**
 * Return the part of a dialog in which reactions are simulated.
 * @param {Object} catalogue
 * @param {{name: string, text: string}|null} file
 */
export function simulation(catalogue, file) {
  const formats = catalogue.formats.filter((format) => format.reads);
  const formatOf = (name) => formats.find(({ extension }) => name.toLowerCase().endsWith(extension))?.name;
  const takes = (name) => !/\.(csv|tsv)$/i.test(name);
  const mine = file && takes(file.name);
  let given = mine ? file.name : "network";
  const text = h("textarea", { id: "reactions-text", rows: 8, spellcheck: "false", value: mine ? file.text : EXAMPLE });
  const format = h("select", { id: "format" }, formats.map(({ name, summary }) => h("option", { value: name }, summary ?? name)));
  format.value = (mine && formatOf(file.name)) || formats[0]?.name;
  const end = h("input", { id: "t-end", type: "text", inputmode: "decimal", value: "20" });
  const result = h("div", { class: "result", "aria-live": "polite" });
  const read = (name, value) => {
    text.value = value;
    given = name;
    format.value = formatOf(name) ?? format.value;
  };
  const submit = async (event) => {
    event.preventDefault();
    fill(result, h("p", {}, "Being simulated."));
    try {
      const question = { text: text.value, format: format.value, name: given, t_end: Number(end.value.replace(",", ".")) };
      fill(result, trajectory(decoded(await tell(path("simulations"), question))));
    } catch (error) {
      fill(result, h("p", { class: "refused" }, error.message));
    }
  };
  return {
    title: "A file of reactions", takes,
    element: h("form", { onsubmit: submit },
      h("p", { class: "note" }, "Simulated as it is, without learning."),
      h("label", { for: "reactions-text" }, "Reactions"), text, fileButton("", read),
      h("label", { for: "format" }, "Format"), format, h("label", { for: "t-end" }, "Time to simulate"), end,
      h("button", { class: "strong" }, "Simulate"), result),
  };
}

function trajectory({ times, species, values, reactions, stopped }) {
  const columns = species.map((_, k) => Float32Array.from(times, (_time, row) => values[row * species.length + k]));
  const moving = species.map((name, k) => ({ name, values: columns[k], moves: range(columns[k], 0).reduce((low, high) => high - low) }));
  const shown = [...moving].sort((a, b) => b.moves - a.moves).slice(0, LINES);
  const canvas = drawing((context, width, height, text) => {
    const plane = new Plane(inside(width, height, text), [times[0], times.at(-1)], range(shown.flatMap((line) => [...line.values])));
    plane.axes(context, text);
    shown.forEach((line, k) => plane.curve(context, times, line.values, colour(lineColour(k)), 2));
  });
  const every = Math.max(1, Math.ceil(times.length / ROWS));
  const rows = times.map((time, row) => [short(time), ...shown.map((line) => short(line.values[row]))]).filter((_, row) => row % every === 0);
  const more = species.length > shown.length ? `; the ${LINES} that move most are shown` : "";
  return [
    stopped ? h("p", { class: "refused" }, stopped) : null,
    h("p", { class: "caption" }, `${count(species.length)} species, ${count(reactions)} reactions${more}`),
    h("ul", { class: "key" }, shown.map((line, k) => h("li", { class: `line-${k}` }, line.name))),
    h("div", { class: "figure wide" }, canvas.element),
    h("details", {}, h("summary", {}, "Numbers"), h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Time course" }, tableOf({ caption: "Concentrations", head: ["time", ...shown.map(({ name }) => name)], rows }))),
  ];
}
