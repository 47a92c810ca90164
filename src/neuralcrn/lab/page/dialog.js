/** Dialogs: opened over the page, closed by Escape, by their button, and by a click beside them. */

import { h, icon } from "./dom.js";

let made = 0;

/**
 * Make a dialog; it is filled each time it is opened.
 * @param {string} title
 * @param {function(HTMLElement, HTMLDialogElement): void} content
 * @param {{wide?: boolean, closed?: function(): void}} [options]
 * @returns {{element: HTMLDialogElement, show: function(): void, close: function(): void}}
 */
export function dialog(title, content, { wide = false, closed = () => undefined } = {}) {
  const heading = h("h2", { id: `dialog-${made++}`, tabindex: "-1", autofocus: true }, title);
  const body = h("div", { class: "body" });
  const close = h("button", { class: "quiet", "aria-label": "Close", onclick: () => element.close() }, icon("close"));
  const element = h(
    "dialog",
    { class: wide ? "wide" : "", "aria-labelledby": heading.id, onclick: (event) => event.target === element && element.close(), onclose: end },
    h("div", { class: "frame" }, h("header", {}, heading, close), body),
  );

  function show() {
    if (element.open) return;
    document.body.append(element);
    content(body, element);
    element.showModal();
  }

  function end() {
    closed();
    body.replaceChildren();
    element.remove();
  }
  return { element, show, close: () => element.close() };
}
