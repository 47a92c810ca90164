/** One small note beside the pointer, for all figures; what it says is also in their tables. */

import { fill, h } from "./dom.js";

const note = h("div", { class: "tooltip", hidden: true, "aria-hidden": "true" });

/**
 * Show a note where the pointer is over an element.
 * @param {HTMLElement} element
 * @param {function(number, number): (Array<Node|string>|null)} about returns the lines of the note at a place of the
 *   element, or null for none
 */
export function noteOver(element, about) {
  element.addEventListener("pointermove", (event) => show(event, about(event.offsetX, event.offsetY)));
  element.addEventListener("pointerleave", () => (note.hidden = true));
}

function show(event, lines) {
  note.hidden = !lines;
  if (!lines) return;
  if (!note.isConnected) document.body.append(note);
  fill(note, lines.map((line) => h("div", {}, line)));
  const { width, height } = note.getBoundingClientRect();
  const left = event.clientX + 16 + width > innerWidth ? event.clientX - width - 12 : event.clientX + 16;
  note.style.left = `${Math.max(4, left)}px`;
  note.style.top = `${Math.max(4, Math.min(event.clientY + 12, innerHeight - height - 4))}px`;
}
