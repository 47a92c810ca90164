/** Keys: one for every action, which the reader can switch off. */

import { dialog } from "./dialog.js";
import { fill, h } from "./dom.js";

const KEY = "neuralcrn-keys";

/**
 * Listen to keys, and return the dialog that lists them.
 * @param {Array<[string, string, function(): void]>} actions key, sentence and what it does
 */
export function keyboard(actions) {
  const byKey = new Map(actions.map(([key, , action]) => [key, action]));
  document.addEventListener("keydown", (event) => {
    const action = found(event, byKey);
    if (!action) return;
    event.preventDefault();
    action();
  });
  return dialog("Help", (body) => fill(
    body,
    h("p", {}, "The three views show one moment: what has been learned, the concentrations through one training step, and the reactions that act at that time. Everything can be changed while it runs."),
    h("label", { class: "check" }, h("input", { type: "checkbox", checked: enabled(), onchange: (event) => localStorage.setItem(KEY, event.target.checked ? "on" : "off") }), "Single keys act"),
    h("table", { class: "keys" },
      h("caption", {}, "Keys"),
      h("tbody", {}, actions.map(([key, sentence]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, key === " " ? "space" : key)), h("td", {}, sentence)))),
    ),
  ));
}

const enabled = () => localStorage.getItem(KEY) !== "off";

function found(event, byKey) {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "z" || typing(event.target)) return null;
    return byKey.get(event.shiftKey ? "Z" : "z");
  }
  if (!enabled() || typing(event.target) || document.querySelector("dialog[open]")) return null;
  if (event.key === " " && event.target.closest("button, a, summary, [role=switch]")) return null;
  return byKey.get(event.key);
}

/** Return whether keys write into an element. */
function typing(element) {
  return element.matches("textarea, select, input:not([type=range], [type=checkbox], [type=radio])");
}
