/** Classes that are predicted for the samples of each class. */

import { colour } from "./colours.js";
import { count } from "./numbers.js";

/** Draw a confusion matrix. */
export function drawConfusion(context, { map, width, height, text }) {
  const classes = map.counts.length;
  const edge = 4 * text;
  const side = Math.min((width - edge - text) / classes, (height - 2.5 * text) / classes);
  const left = edge + 0.5 * (width - edge - text - side * classes);
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = 0; row < classes; row++) {
    const counts = map.counts[row];
    const total = counts.reduce((sum, value) => sum + value, 0) || 1;
    counts.forEach((value, column) => {
      const [x, y] = [left + column * side, 0.5 * text + row * side];
      context.fillStyle = colour(row === column ? "--blue" : "--vermillion", 0.06 + (0.7 * value) / total);
      context.fillRect(x, y, side - 1, side - 1);
      context.fillStyle = colour("--text");
      if (value && side > 2 * text) context.fillText(count(value), x + side / 2, y + side / 2);
    });
    context.fillStyle = colour("--muted");
    context.fillText(name(map, row), left - 1.6 * text, 0.5 * text + (row + 0.5) * side, 3 * text);
    context.fillText(name(map, row), left + (row + 0.5) * side, 1.4 * text + classes * side, side);
  }
  return null;
}

/** Return the counts as a table. */
export function confusionTable(map) {
  const classes = map.counts.length;
  const all = map.counts.flat().reduce((sum, value) => sum + value, 0);
  const right = map.counts.map((row, k) => row[k]).reduce((sum, value) => sum + value, 0);
  return {
    caption: `${count(right)} of ${count(all)} right; predictions of each class`,
    head: ["class", ...Array.from({ length: classes }, (_, k) => name(map, k))],
    rows: map.counts.map((row, k) => [name(map, k), ...row.map(count)]),
  };
}

const name = (map, k) => String(map.labels?.[k] ?? k);
