/** Elements of the page, made from values. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, *>} [attributes] `onclick` and other functions become listeners, true and false switch
 *   an attribute on and off, and `value`, `checked` and `disabled` are set as properties.
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * Make an icon of one path in a square of 24 units; it is hidden from screen readers.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const path = filled(document.createElementNS(SVG, "path"), { d: ICONS[name] }, []);
  const attributes = { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" };
  return filled(document.createElementNS(SVG, "svg"), attributes, [path]);
}

/** Replace what an element contains. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set the text of an element, unless it is the same: screen readers then stay quiet. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden"]);

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const ICONS = {
  play: "M7 4.5v15l13-7.5z",
  pause: "M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z",
  rewind: "M12 5V1.5L6.5 6.5 12 11.5V8a5.5 5.5 0 1 1-5.5 5.5H3.5A8.5 8.5 0 1 0 12 5z",
  seed: "M4 4h16v16H4zM6 6v12h12V6zM8 8h2.5v2.5H8zM13.5 13.5H16V16h-2.5zM10.75 10.75h2.5v2.5h-2.5z",
  undo: "M8.5 5 3 10l5.5 5v-3.5H14a3.5 3.5 0 0 1 0 7h-3V21h3a6 6 0 0 0 0-12H8.5z",
  redo: "M15.5 5 21 10l-5.5 5v-3.5H10a3.5 3.5 0 0 0 0 7h3V21h-3a6 6 0 0 1 0-12h5.5z",
  table: "M3.5 4.5h17v15h-17zM5.5 10v3H11v-3zM13 10v3h5.5v-3zM5.5 15v2.5H11V15zM13 15v2.5h5.5V15z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  down: "m6 9 6 6 6-6-1.4-1.4L12 12.2 7.4 7.6z",
  theme: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2v14a7 7 0 0 1 0-14z",
  passed: "m9.5 17.5-5-5L6 11l3.5 3.5L18 6l1.5 1.5z",
};
