/** The table behind a figure: the same values as numbers. */

import { fill, h, icon, say } from "./dom.js";

const PACE = 1000;
const ROWS = 500;

/**
 * Add a button to a card that shows its figure as a table.
 * @param {HTMLElement} card
 * @param {HTMLElement} figure
 * @param {function(): {caption: string, head: string[], rows: Array<Array<string|Node>>}} values
 */
export function tableBehind(card, figure, values) {
  const place = h("div", { class: "table", hidden: true, tabindex: "0", role: "region", "aria-label": "Table" });
  const title = card.querySelector("h2, h3").textContent;
  const button = h(
    "button",
    { class: "quiet", "aria-expanded": "false", "aria-label": `${title}: table`, title: "Show the numbers", onclick: turn },
    icon("table"),
  );
  card.querySelector("header").append(button);
  figure.after(place);
  let timer = 0;

  function turn() {
    place.hidden = !place.hidden;
    figure.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    clearInterval(timer);
    if (place.hidden) return;
    const { caption } = values();
    place.setAttribute("aria-label", caption);
    show();
    timer = setInterval(show, PACE);
  }

  function show() {
    const table = values();
    const body = place.querySelector("tbody");
    const rows = table.rows.slice(0, ROWS);
    if (body?.rows.length === rows.length && rows.every((row) => row.every((cell) => typeof cell === "string"))) {
      rows.forEach((row, k) => row.forEach((cell, column) => say(body.rows[k].cells[column], cell)));
    } else fill(place, tableOf({ ...table, rows }));
  }
}

/** Return a table. */
export function tableOf({ caption, head, rows }) {
  return h(
    "table",
    {},
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, k) => h(k ? "td" : "th", k ? {} : { scope: "row" }, cell))))),
  );
}
