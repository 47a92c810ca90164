/** The decision map of two inputs: predictions on a grid, samples, and which of them are wrong. */

import { areaOf, between, classColour, colour } from "./colours.js";
import { crossings } from "./contour.js";
import { fixed } from "./numbers.js";
import { inside, Plane, stroke } from "./plane.js";

const MARKS = [circle, square, triangle];
const NEAR = 12;

/** Draw a decision map; returns its coordinates. */
export function drawPlane(context, { map, step, width, height, text }) {
  const plane = new Plane(
    inside(width, height, text, { square: true }),
    [map.low[0], map.high[0]],
    [map.low[1], map.high[1]],
  );
  const { left, top, width: side, height: tall } = plane.box;
  drawOutputs(context, map, left, top, side, tall);
  context.strokeStyle = colour("--text");
  context.lineWidth = 1.4;
  if (map.grid.shape.length === 2) {
    for (const ends of crossings(map.grid, map.threshold ?? 0.5)) {
      stroke(context, ends.map(([column, row]) => placeOnGrid(plane, map, column, row)));
    }
  }
  plane.axes(context, text, { grid: false });
  drawSamples(context, plane, map, Math.max(2.2, 0.3 * text));
  if (step?.sample?.length === 2) drawCurrent(context, plane, step.sample, text);
  return plane;
}

/** Say what is predicted at a place, and what the nearest sample is. */
export function aboutPlane(map, plane, left, top) {
  if (!plane.holds(left, top)) return null;
  const [x, y] = plane.at(left, top);
  const names = map.names ?? ["x1", "x2"];
  const lines = [`${names[0]} = ${fixed(x)}, ${names[1]} = ${fixed(y)}`, `output ${outputAt(map, x, y).map(fixed).join(", ")}`];
  const near = nearest(map, plane, left, top);
  if (near !== null) lines.push(`sample of class ${className(map, map.classes[near])}, error ${fixed(map.errors?.[near])}`);
  return lines;
}

/** Return the samples as a table. */
export function planeTable(map) {
  const wrong = mistakes(map);
  const many = wrong.filter(Boolean).length;
  const names = map.names ?? ["x1", "x2"];
  return {
    caption: `${many} of ${wrong.length} wrong`,
    head: [...names, "class", "error", "right"],
    rows: wrong.map((bad, k) => [
      fixed(map.points[2 * k]), fixed(map.points[2 * k + 1]), className(map, map.classes[k]),
      fixed(map.errors?.[k] ?? NaN), bad ? "no" : "yes",
    ]),
  };
}

const className = (map, k) => map.labels?.[k] ?? String(k);

/** Draw the grid so that predictions at its ends are at the edges of the box, with colours between them. */
function drawOutputs(context, map, left, top, side, tall) {
  const [rows, columns] = map.grid.shape;
  const [wide, high] = [side / (columns - 1), tall / (rows - 1)];
  context.save();
  context.beginPath();
  context.rect(left, top, side, tall);
  context.clip();
  context.imageSmoothingQuality = "high";
  context.drawImage(picture(map), left - wide / 2, top - high / 2, side + wide, tall + high);
  context.restore();
}

/** Return the grid as a picture of one pixel per prediction, the first row at the bottom. */
function picture({ grid, threshold = 0.5, reach = 0.5 }) {
  const [rows, columns, outputs = 1] = grid.shape;
  const image = new ImageData(columns, rows);
  for (let k = 0; k < rows * columns; k++) {
    const pixel = 4 * ((rows - 1 - Math.floor(k / columns)) * columns + (k % columns));
    image.data.set(outputs > 1 ? winner(grid.subarray(k * outputs, (k + 1) * outputs)) : between(0.5 + (grid[k] - threshold) / (2 * reach)), pixel);
    image.data[pixel + 3] = 255;
  }
  const canvas = new OffscreenCanvas(columns, rows);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Return the colour of the class with the largest output, stronger the larger its lead. */
function winner(outputs) {
  const order = [...outputs.keys()].sort((a, b) => outputs[b] - outputs[a]);
  return areaOf(order[0], Math.min(1, 0.25 + outputs[order[0]] - outputs[order[1]]));
}

function placeOnGrid(plane, map, column, row) {
  const [rows, columns] = map.grid.shape;
  const { left, top, width, height } = plane.box;
  return [left + (width * column) / (columns - 1), top + height - (height * row) / (rows - 1)];
}

function outputAt({ grid, low, high }, x, y) {
  const [rows, columns, outputs = 1] = grid.shape;
  const bounded = (share, count) => Math.min(Math.max(Math.round(share * (count - 1)), 0), count - 1);
  const at = bounded((y - low[1]) / (high[1] - low[1]), rows) * columns + bounded((x - low[0]) / (high[0] - low[0]), columns);
  return [...grid.subarray(at * outputs, (at + 1) * outputs)];
}

/** Return for each sample whether the map has it on the wrong side. */
function mistakes(map) {
  return Array.from(map.classes, (k, row) => {
    const outputs = outputAt(map, map.points[2 * row], map.points[2 * row + 1]);
    const got = outputs.length > 1 ? outputs.indexOf(Math.max(...outputs)) : Number(outputs[0] > (map.threshold ?? 0.5));
    return got !== k;
  });
}

function nearest(map, plane, left, top) {
  let best = null, distance = NEAR;
  for (let k = 0; k < map.classes.length; k++) {
    const away = Math.hypot(plane.x(map.points[2 * k]) - left, plane.y(map.points[2 * k + 1]) - top);
    if (away < distance) [best, distance] = [k, away];
  }
  return best;
}

function drawSamples(context, plane, map, radius) {
  const wrong = mistakes(map);
  for (let k = 0; k < map.classes.length; k++) {
    const [x, y] = [plane.x(map.points[2 * k]), plane.y(map.points[2 * k + 1])];
    context.beginPath();
    MARKS[map.classes[k] % MARKS.length](context, x, y, radius);
    context.fillStyle = colour(classColour(map.classes[k]));
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = colour("--card");
    context.stroke();
    if (!wrong[k]) continue;
    context.beginPath();
    circle(context, x, y, 2 * radius);
    context.lineWidth = 1.4;
    context.strokeStyle = colour("--text");
    context.stroke();
  }
}

/** Mark the sample of the training step that the other views show. */
function drawCurrent(context, plane, [first, second], text) {
  const [x, y] = [plane.x(first), plane.y(second)];
  context.strokeStyle = colour("--text");
  context.lineWidth = 1;
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    stroke(context, [[x + 0.6 * text * dx, y + 0.6 * text * dy], [x + 1.3 * text * dx, y + 1.3 * text * dy]]);
  }
}

function circle(context, x, y, radius) {
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

function square(context, x, y, radius) {
  context.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
}

function triangle(context, x, y, radius) {
  context.moveTo(x, y - 1.25 * radius);
  context.lineTo(x + 1.15 * radius, y + 0.85 * radius);
  context.lineTo(x - 1.15 * radius, y + 0.85 * radius);
  context.closePath();
}
