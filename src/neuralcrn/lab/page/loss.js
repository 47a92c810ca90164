/** Loss and accuracy during the training, beside those of baselines. */

import { colour } from "./colours.js";
import { fill, h, say } from "./dom.js";
import { count, percent, short } from "./numbers.js";
import { drawing, inside, Plane, stroke } from "./plane.js";
import { tableBehind } from "./tables.js";
import { noteOver } from "./tooltip.js";

/** Draw loss and accuracy of a lab into a card. */
export function mountLoss(card, lab) {
  let plane = null;
  const canvas = drawing((context, width, height, text) => {
    plane = drawLoss(context, lab.get("progress"), width, height, text);
  });
  const numbers = h("dl", { class: "numbers" });
  const figure = h("div", { class: "figure" }, canvas.element);
  card.append(numbers, figure);
  lab.on(["progress"], () => {
    canvas.redraw();
    showNumbers(numbers, lab.get("progress"));
  });
  tableBehind(card, figure, () => lossTable(lab.get("progress")));
  noteOver(canvas.element, (left, top) => {
    const row = plane?.holds(left, top) && nearest(lab.get("progress").loss, plane.at(left, top)[0]);
    return row ? [`after ${count(row[0])} samples`, `training ${short(row[1])}`, `validation ${short(row[2])}`] : null;
  });
}

function drawLoss(context, progress, width, height, text) {
  const rows = progress?.loss ?? [];
  const losses = rows.flatMap(([, train, validation]) => [train, validation]).filter((value) => value > 0);
  const [low, high] = [Math.min(...losses, 0.1), Math.max(...losses, 0.2)];
  const end = Math.max(progress?.samples ?? 0, rows.at(-1)?.[0] ?? 0, 100);
  const plane = new Plane(inside(width, height, text), [0, end], [0.8 * low, 1.25 * high], { logarithmic: true });
  plane.axes(context, text, { xText: count });
  const xs = rows.map((row) => row[0]);
  plane.curve(context, xs, rows.map((row) => row[1]), colour("--muted"), 1.2);
  plane.curve(context, xs, rows.map((row) => row[2]), colour("--blue"), 2);
  const scores = progress?.accuracy ?? [];
  if (scores.length) drawScores(context, plane, scores);
  return plane;
}

/** Draw accuracies on their own scale, from 0 at the bottom to 1 at the top. */
function drawScores(context, plane, scores) {
  const own = new Plane(plane.box, plane.xs, [0, 1.02]);
  context.setLineDash([5, 3]);
  own.curve(context, scores.map((row) => row[0]), scores.map((row) => row[1]), colour("--vermillion"), 1.5);
  context.setLineDash([]);
  context.strokeStyle = colour("--line");
  stroke(context, [[plane.box.left, own.y(1)], [plane.box.left + plane.box.width, own.y(1)]]);
}

function showNumbers(place, progress) {
  if (!progress) return;
  const [, train, validation] = progress.loss.at(-1) ?? [];
  const accuracy = progress.accuracy.at(-1)?.[1];
  const entries = [
    ["training loss", short(train), "muted"],
    ["validation loss", short(validation), "blue"],
    ...(accuracy === undefined ? [] : [["accuracy", percent(accuracy), "vermillion"]]),
    ...Object.entries(progress.baselines ?? {}).map(([name, value]) =>
      progress.classification ? [name, percent(value), "none"] : [`R² of ${name}`, short(value), "none"]),
  ];
  const terms = [...place.querySelectorAll("dt")].map((term) => term.textContent).join();
  if (terms === entries.map(([name]) => name).join()) {
    place.querySelectorAll("dd").forEach((value, k) => say(value, entries[k][1]));
  } else fill(place, entries.map(([name, value, key]) => h("div", { class: `key-${key}` }, h("dt", {}, name), h("dd", {}, value))));
}

function lossTable(progress) {
  const scores = new Map(progress?.accuracy ?? []);
  const rows = progress?.loss ?? [];
  return {
    caption: `Loss after ${count(progress?.samples)} samples`,
    head: ["samples", "training loss", "validation loss", "accuracy"],
    rows: [...rows].reverse().map(([samples, train, validation]) => [
      count(samples), short(train), short(validation), percent(scores.get(samples) ?? NaN),
    ]),
  };
}

function nearest(rows, samples) {
  return rows.reduce((best, row) => (!best || Math.abs(row[0] - samples) < Math.abs(best[0] - samples) ? row : best), null);
}
