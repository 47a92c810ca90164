/** A problem of one's own: a table, a function, an equation, or a file of reactions. */

import { dialog } from "./dialog.js";
import { fill, h } from "./dom.js";
import { dropped, fileButton } from "./files.js";
import { simulation } from "./simulate.js";
import { freshTask } from "./task.js";

const FUNCTION = "0.5 + 0.4*sin(6*x)";
const EQUATION = "theta*x + phi*z + beta - z*|z|";
const SEPARATORS = /[,;\t]/;

/**
 * Return the dialog of own problems, and what is done with files that are dropped on the page.
 * @param {import("./lab.js").Lab} lab
 * @param {Promise<Object>} catalogue
 */
export function problems(lab, catalogue) {
  let file = null;
  const own = dialog("Your own problem", async (body) => {
    const choices = await catalogue;
    const parts = [tableForm(lab, own, file), functionForm(lab, own), equationForm(lab, own), simulation(choices, file)];
    fill(body, parts.map(({ title, element, takes }, k) =>
      h("details", { class: "problem", name: "problem", open: file ? takes?.(file.name) : k === 0 }, h("summary", {}, title), element)));
    file = null;
  }, { wide: true });
  dropped(async (given) => {
    file = { name: given.name, text: await given.text() };
    own.close();
    own.show();
  });
  return own;
}

/** Replace the task of the lab; its circuit and options are then those of the new task. */
function learn(lab, own, task, label) {
  lab.restart(freshTask(task), label);
  own.close();
}

function tableForm(lab, own, file) {
  const takes = (name) => /\.(csv|tsv)$/i.test(name);
  const given = file && takes(file.name) ? file.text : "";
  const text = h("textarea", { id: "csv", rows: 8, spellcheck: "false", placeholder: "x1,x2,class\n0.1,0.9,yes\n...", value: given, oninput: () => columns() });
  const target = h("select", { id: "target" });
  const columns = () => {
    const names = text.value.split(/\r?\n/, 1)[0].split(SEPARATORS).map((name) => name.trim()).filter(Boolean);
    fill(target, names.map((name) => h("option", { value: name }, name)));
    target.value = names.at(-1) ?? "";
  };
  columns();
  const read = (_, value) => {
    text.value = value;
    columns();
  };
  const submit = (event) => {
    event.preventDefault();
    learn(lab, own, { kind: "table", text: text.value, target: target.value }, `Table, target ${target.value}`);
  };
  return {
    title: "A table (CSV)", takes,
    element: h("form", { onsubmit: submit },
      h("p", { class: "note" }, "One row per sample, with a header. Paste it, drop the file on the page, or choose it."),
      h("label", { for: "csv" }, "Table"), text, fileButton(".csv,.tsv,.txt", read),
      h("label", { for: "target" }, "Column to predict"), target, h("button", { class: "strong" }, "Learn it")),
  };
}

function functionForm(lab, own) {
  const formula = h("input", { id: "formula", type: "text", value: FUNCTION, spellcheck: "false" });
  const inputs = h("input", { id: "inputs", type: "text", value: "x", spellcheck: "false" });
  const submit = (event) => {
    event.preventDefault();
    const names = inputs.value.split(",").map((name) => name.trim()).filter(Boolean);
    learn(lab, own, { kind: "function", formula: formula.value, inputs: names }, `Function ${formula.value}`);
  };
  return {
    title: "A function",
    element: h("form", { onsubmit: submit },
      h("p", { class: "note" }, "Samples of the function on inputs from 0 to 1 are learned."),
      h("label", { for: "formula" }, "Function"), formula, h("label", { for: "inputs" }, "Inputs"), inputs,
      h("button", { class: "strong" }, "Learn it")),
  };
}

function equationForm(lab, own) {
  const equation = h("input", { id: "equation", type: "text", value: lab.get("scene")?.scene.equation ?? EQUATION, spellcheck: "false" });
  const submit = (event) => {
    event.preventDefault();
    const patch = { equation: equation.value, circuit: null, rule: null, options: null, factors: null, removed: null };
    lab.restart(patch, `Equation ${equation.value}`);
    own.close();
  };
  return {
    title: "An equation of a neural ODE",
    element: h("form", { onsubmit: submit },
      h("p", { class: "note" }, "The right-hand side f of dz/dt = f(z, x), a polynomial in z, |z| and x. Other names are trained parameters. Its reactions, adjoint and gradients are derived."),
      h("label", { for: "equation" }, "f ="), equation, h("button", { class: "strong" }, "Learn with it")),
  };
}
