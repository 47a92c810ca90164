/** Regressions: the fit of a function of one input, or outputs against targets. */

import { colour } from "./colours.js";
import { fixed } from "./numbers.js";
import { inside, Plane, range } from "./plane.js";

/** Draw samples and the curve of outputs over one input; returns its coordinates. */
export function drawFit(context, { map, width, height, text }) {
  const plane = new Plane(inside(width, height, text), range(map.x, 0), range([...map.target, ...map.output]));
  plane.axes(context, text);
  dots(context, plane, map.points, map.target, colour("--muted", 0.7), 0.25 * text);
  plane.curve(context, map.x, map.output, colour("--vermillion"), 2.5);
  return plane;
}

/** Draw outputs against targets; returns its coordinates. */
export function drawParity(context, { map, width, height, text }) {
  const ends = range([...map.target, ...map.output]);
  const plane = new Plane(inside(width, height, text, { square: true }), ends, ends);
  plane.axes(context, text);
  plane.curve(context, ends, ends, colour("--muted"), 1);
  dots(context, plane, map.target, map.output, colour("--blue", 0.7), 0.25 * text);
  return plane;
}

/** Say where a place is. */
export function aboutFit(map, plane, left, top) {
  if (!plane.holds(left, top)) return null;
  const [x, y] = plane.at(left, top);
  return [map.kind === "fit" ? `${map.names[0]} = ${fixed(x)}, output ${fixed(y)}` : `target ${fixed(x)}, output ${fixed(y)}`];
}

/** Return the curve as a table. */
export function fitTable(map) {
  return {
    caption: `outputs of simulated reactions`,
    head: [map.names[0], "output"],
    rows: Array.from(map.x, (x, k) => [fixed(x), fixed(map.output[k])]),
  };
}

/** Return targets and outputs as a table. */
export function parityTable(map) {
  const square = map.target.reduce((sum, target, k) => sum + (target - map.output[k]) ** 2, 0) / map.target.length;
  return {
    caption: `root mean square error ${fixed(Math.sqrt(square))}`,
    head: ["target", "output"],
    rows: Array.from(map.target, (target, k) => [fixed(target), fixed(map.output[k])]),
  };
}

function dots(context, plane, xs, ys, style, radius) {
  context.fillStyle = style;
  for (let k = 0; k < xs.length; k++) {
    context.beginPath();
    context.arc(plane.x(xs[k]), plane.y(ys[k]), radius, 0, 2 * Math.PI);
    context.fill();
  }
}
