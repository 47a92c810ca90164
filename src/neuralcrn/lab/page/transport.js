/** The bar above the views: playing, stepping, speed, rewinding, and what undo would take back. */

import { fill, h, icon, say } from "./dom.js";
import { momentOf } from "./moment.js";
import { count, short } from "./numbers.js";

/** Samples a second; 0 is as fast as possible. */
const SPEEDS = [1, 2, 5, 10, 30, 60, 120, 250, 500, 1000, 3000, 0];

/**
 * Fill the bar.
 * @param {HTMLElement} place
 * @param {import("./lab.js").Lab} lab
 * @returns {Object<string, function(): void>} what the bar does, for the keyboard
 */
export function mountTransport(place, lab) {
  const actions = actionsOf(lab);
  const play = h("button", { class: "round", onclick: actions.play, "aria-label": "Pause" }, icon("pause"));
  const speed = h("input", {
    type: "range", min: 0, max: SPEEDS.length - 1, value: SPEEDS.indexOf(250), id: "speed",
    oninput: () => lab.command("speed", { value: SPEEDS[speed.value], key: "speed" }),
  });
  const undo = step("undo", "Undo", actions.undo);
  const redo = step("redo", "Redo", actions.redo);
  const numbers = h("p", { class: "counts" }, h("b", {}), h("span", {}), h("span", {}));
  actions.slower = () => shift(speed, -1);
  actions.faster = () => shift(speed, 1);
  fill(
    place,
    h("div", { class: "run" }, play,
      button("rewind", "Rewind: the same seed again", actions.rewind),
      button("seed", "New seed", actions.reseed)),
    h("div", { class: "steps", role: "group", "aria-label": "One step" },
      h("span", { class: "label", "aria-hidden": "true" }, "one"),
      ...["phase", "sample", "epoch"].map((unit) => h("button", { class: "plain", onclick: actions[unit], "aria-label": `One ${unit}` }, unit))),
    h("div", { class: "speed" }, h("label", { for: "speed" }, "speed"), speed),
    numbers,
    h("div", { class: "history" }, undo, redo),
  );
  lab.on(["progress"], () => {
    const progress = lab.get("progress");
    if (progress) show(progress, { play, numbers, undo, redo, speed, held: lab.waits("speed") });
  });
  return actions;
}

function actionsOf(lab) {
  return {
    play: () => play(lab),
    sample: () => lab.command("step", { unit: "sample" }),
    epoch: () => lab.command("step", { unit: "epoch" }),
    phase: () => nextPhase(lab),
    rewind: () => lab.command("rewind"),
    reseed: () => lab.command("reseed"),
    undo: () => lab.command("undo"),
    redo: () => lab.command("redo"),
  };
}

/** Play or pause; a training that is at its end is continued for as long again. */
function play(lab) {
  const { playing, finished, epochs } = lab.get("progress") ?? {};
  if (playing) return lab.command("pause");
  lab.set("time", null);
  if (finished) lab.change({ epochs: 2 * epochs }, `${2 * epochs} epochs`, "epochs");
  return lab.command("play");
}

/** Move the moment to the end of the next phase; after the last one, begin with another sample. */
async function nextPhase(lab) {
  if (lab.get("progress")?.playing) await lab.command("pause");
  const step = lab.get("step");
  if (!step) return;
  const time = lab.get("time");
  const last = step.boundaries.at(-1)[2];
  if (time !== null && time < last) {
    const { end } = momentOf(step, time + 1e-6);
    lab.set("time", end > time ? end : step.boundaries.find(([, , other]) => other > time)[2]);
    return;
  }
  await lab.command("step", { unit: "sample" });
  lab.set("time", step.boundaries[0][2]);
}

function button(name, title, onclick) {
  return h("button", { class: "quiet", title, "aria-label": title, onclick }, icon(name));
}

function step(name, title, onclick) {
  return h("button", { class: "plain history-step", title, onclick, disabled: true }, icon(name), h("span", {}, title));
}

function shift(speed, by) {
  speed.value = String(Number(speed.value) + by);
  speed.dispatchEvent(new Event("input"));
}

function show(progress, { play, numbers, undo, redo, speed, held }) {
  const name = progress.playing ? "Pause" : "Play";
  if (play.getAttribute("aria-label") !== name) {
    play.setAttribute("aria-label", name);
    fill(play, icon(name.toLowerCase()));
  }
  const [epoch, samples, rate] = numbers.children;
  say(epoch, `epoch ${count(progress.epoch)}`);
  say(samples, `${count(progress.samples)} samples`);
  say(rate, progress.playing ? `${short(progress.rate)} per second` : "paused");
  if (!held && SPEEDS.includes(progress.speed)) speed.value = String(SPEEDS.indexOf(progress.speed));
  speed.setAttribute("aria-valuetext", SPEEDS[speed.value] ? `${SPEEDS[speed.value]} samples per second` : "as fast as possible");
  for (const [element, title, label] of [[undo, "Undo", progress.undo], [redo, "Redo", progress.redo]]) {
    element.disabled = !label;
    say(element.querySelector("span"), label ? `${title}: ${label}` : title);
    element.title = label ? `${title}: ${label}` : title;
  }
}
