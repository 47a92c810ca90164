/** The gallery: set scenes with a sentence each. */

import { dialog } from "./dialog.js";
import { fill, h } from "./dom.js";

/**
 * Return the dialog of the gallery.
 * @param {Promise<Object>} catalogue
 * @param {function(string): void} open called with the address of a scene
 */
export function gallery(catalogue, open) {
  const own = dialog("Gallery", async (body) => {
    const cards = (await catalogue).gallery.map(({ title, sentence, address }, k) =>
      h("li", {}, h("button", { class: "scene", onclick: () => choose(address) }, h("span", { class: "ordinal", "aria-hidden": "true" }, String(k + 1)), h("b", {}, title), h("span", {}, sentence))));
    fill(body, h("ol", { class: "scenes" }, cards));
  }, { wide: true });

  function choose(address) {
    own.close();
    open(address);
  }
  return own;
}
