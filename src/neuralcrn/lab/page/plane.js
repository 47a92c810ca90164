/** A canvas with axes: coordinates, ticks and labels. */

import { colour, onColours } from "./colours.js";
import { h } from "./dom.js";
import { perFrame } from "./frames.js";
import { short, ticks } from "./numbers.js";

/** Space for the numbers of the axes, in units of the text. */
const LEFT = 3.2, BELOW = 1.8, ABOVE = 0.6, RIGHT = 1.4;

/**
 * Make a canvas that is drawn again when it or the colours change.
 * @param {function(CanvasRenderingContext2D, number, number, number): void} draw called with context, width, height
 *   and size of text, CSS pixels
 * @returns {{element: HTMLCanvasElement, redraw: function(): void}}
 */
export function drawing(draw) {
  const element = h("canvas", { "aria-hidden": "true" });
  const redraw = perFrame(() => {
    const { clientWidth: width, clientHeight: height } = element;
    if (!width || !height || !element.isConnected) return;
    const scale = devicePixelRatio;
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    if (element.width !== wide || element.height !== high) Object.assign(element, { width: wide, height: high });
    const context = element.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const text = 0.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    context.font = `${text}px system-ui, sans-serif`;
    draw(context, width, height, text);
  });
  new ResizeObserver(redraw).observe(element);
  onColours(redraw);
  return { element, redraw };
}

/** A rectangle of a canvas with linear or logarithmic coordinates. */
export class Plane {
  /**
   * @param {{left: number, top: number, width: number, height: number}} box CSS pixels
   * @param {[number, number]} x ends of the axis
   * @param {[number, number]} y
   * @param {{logarithmic?: boolean}} [options] of y
   */
  constructor(box, x, y, { logarithmic = false } = {}) {
    this.box = box;
    this.xs = x;
    this.ys = y;
    this.scale = logarithmic ? Math.log10 : (value) => value;
    this.logarithmic = logarithmic;
  }

  /** Return the place of a coordinate. */
  x = (value) => this.box.left + (this.box.width * (value - this.xs[0])) / (this.xs[1] - this.xs[0] || 1);

  y(value) {
    const [low, high] = this.ys.map(this.scale);
    return this.box.top + (this.box.height * (high - this.scale(value))) / (high - low || 1);
  }

  /** Return the coordinates of a place of the canvas. */
  at(left, top) {
    const x = this.xs[0] + ((left - this.box.left) / this.box.width) * (this.xs[1] - this.xs[0]);
    const y = this.ys[1] - ((top - this.box.top) / this.box.height) * (this.ys[1] - this.ys[0]);
    return [x, y];
  }

  /** Return whether a place is inside. */
  holds = (left, top) =>
    left >= this.box.left && left <= this.box.left + this.box.width && top >= this.box.top &&
    top <= this.box.top + this.box.height;

  /** Draw the numbers of both axes, and pale lines at those of y. */
  axes(context, text, { xTicks = ticks(...this.xs, this.box.width / (5 * text)), xText = short, grid = true } = {}) {
    const { left, top, width, height } = this.box;
    context.fillStyle = colour("--muted");
    context.strokeStyle = colour("--line");
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of this.#yTicks(text)) {
      const y = Math.round(this.y(value)) + 0.5;
      context.fillText(short(value), left - 0.5 * text, y);
      if (grid) stroke(context, [[left, y], [left + width, y]]);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of xTicks) context.fillText(xText(value), this.x(value), top + height + 0.45 * text);
  }

  /** Draw a curve through points, as thick as suits the text; it breaks where a value is not a number. */
  curve(context, xs, ys, style, width = 1.5) {
    context.strokeStyle = style;
    context.lineWidth = (width * parseFloat(context.font)) / 11;
    context.lineJoin = "round";
    context.beginPath();
    let drawing = false;
    for (let k = 0; k < xs.length; k++) {
      if (!Number.isFinite(ys[k])) drawing = false;
      else if (drawing) context.lineTo(this.x(xs[k]), this.y(ys[k]));
      else {
        context.moveTo(this.x(xs[k]), this.y(ys[k]));
        drawing = true;
      }
    }
    context.stroke();
  }

  #yTicks(text) {
    if (!this.logarithmic) return ticks(...this.ys, Math.max(2, this.box.height / (3 * text)));
    const [low, high] = this.ys.map((value) => Math.log10(value));
    const powers = ticks(Math.ceil(low - 1e-9), Math.floor(high + 1e-9), 4).filter(Number.isInteger);
    if (powers.length > 1) return powers.map((power) => 10 ** power);
    return ticks(...this.ys, 4).filter((value) => value > 0);
  }
}

/** Return the rectangle inside the numbers of the axes. */
export function inside(width, height, text, { square = false, right = RIGHT } = {}) {
  const box = {
    left: LEFT * text, top: ABOVE * text,
    width: Math.max(width - (LEFT + right) * text, 1), height: Math.max(height - (ABOVE + BELOW) * text, 1),
  };
  if (!square) return box;
  const side = Math.min(box.width, box.height);
  return { ...box, left: box.left + 0.5 * (box.width - side), width: side, height: side };
}

/** Draw a line through places. */
export function stroke(context, places) {
  context.beginPath();
  places.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

/** Return the lowest and the highest of some numbers, with a margin; [0, 1] without numbers. */
export function range(values, margin = 0.05) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) return [0, 1];
  const room = margin * (high - low) || 0.5 * Math.abs(high) || 0.5;
  return [low - room, high + room];
}
