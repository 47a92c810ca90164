/** Files of the reader: chosen with a button, or dropped on the page. */

import { h } from "./dom.js";

/** Call a listener with files that are dropped anywhere on the page. */
export function dropped(listener) {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) listener(file);
  });
}

/** Return a button that reads a file into a text area. */
export function fileButton(accept, read) {
  const input = h("input", { type: "file", accept, onchange: async () => input.files[0] && read(input.files[0].name, await input.files[0].text()) });
  return h("label", { class: "file" }, "Choose a file", input);
}
