/** The column of controls: everything of the scene that can be changed while it runs. */

import { fill, h } from "./dom.js";
import { Choice, Switch } from "./choice.js";
import { CircuitControls, option } from "./circuit_controls.js";
import { percent } from "./numbers.js";
import { Slider } from "./slider.js";
import { freshTask } from "./task.js";

const LEVELS = [
  ["staged", "phases, separate networks"],
  ["gated", "one network, gated"],
  ["autonomous", "one pot with a clock"],
];

/**
 * Fill the column of controls.
 * @param {HTMLElement} place
 * @param {import("./lab.js").Lab} lab
 * @param {Object} catalogue
 */
export function mountControls(place, lab, catalogue) {
  const fixed = [
    group("Learning", [task(lab, catalogue), learningRate(lab), chopper(lab)]),
    group("Errors", errors(lab, catalogue)),
    group("Molecules", molecules(lab, catalogue)),
    group("Pot and clock", pot(lab, catalogue)),
  ];
  const circuit = new CircuitControls(lab, catalogue);
  const [learning, ...rest] = fixed;
  fill(place, learning.element, rest[0].element, circuit.element, rest.slice(1).map(({ element }) => element));
  // a refused change leaves the scene as it is, and the controls return to it
  lab.on(["scene", "circuit", "error"], () => {
    const [view, made] = [lab.get("scene"), lab.get("circuit")];
    if (!view || !made) return;
    for (const { controls } of fixed) for (const control of controls) control.show(view.scene, made.options);
    circuit.show(view.scene, made);
  });
}

function group(title, controls, open = true) {
  const element = h("details", { class: "group", open }, h("summary", {}, title), controls.map((control) => control.element));
  return { element, controls };
}

/** The task of the registry; what the reader gave is named by its kind. */
function task(lab, { tasks }) {
  const own = ["points", "table", "function"].map((kind) => [kind, `your ${kind}`, "", true]);
  return new Choice(lab, {
    key: "task", title: "Task", anew: true, options: [...tasks.map(({ name, summary }) => [name, name, summary]), ...own],
    read: (scene) => scene.task.name ?? scene.task.kind,
    patch: (name) => freshTask({ kind: "registry", name }),
  });
}

const learningRate = (lab) =>
  new Slider(lab, option("learning_rate", { title: "Learning rate", low: 1e-4, high: 1, logarithmic: true }));

const chopper = (lab) =>
  new Switch(lab, {
    key: "options.optimiser", title: "Chopper",
    sentence: "Exchanges the two rails of the error in every second sample, which cancels errors of rate constants.",
    read: (scene) => scene.options?.optimiser === "chop",
    patch: (on) => ({ options: { optimiser: on ? "chop" : null } }),
  });

function errors(lab, { disturbances }) {
  const sliders = disturbances.map(({ name, title, summary, high }) =>
    new Slider(lab, {
      key: `errors.${name}`, title: title ?? name, sentence: summary, low: 0, high: high ?? 1, standard: 0, text: percent,
      read: (scene) => scene.errors?.[name],
      patch: (value) => ({ errors: { [name]: value || null } }),
      label: (value) => `${title ?? name} ${percent(value)}`,
    }));
  const again = h("button", { class: "plain", onclick: () => {
    const seed = (lab.get("scene")?.scene.error_seed ?? 0) + 1;
    lab.change({ error_seed: seed }, `Errors drawn anew (${seed})`, "error_seed");
  } }, "Draw the errors anew");
  return [...sliders, { element: again, show: () => undefined }];
}

function molecules(lab, { methods }) {
  const method = new Choice(lab, {
    key: "method", title: "Count as", options: methods.map(({ name, summary }) => [name, name === "ode" ? "concentrations" : name, summary]),
    read: (scene) => scene.method ?? "ode",
    patch: (name) => ({ method: name, volume: name === "ode" ? null : lab.get("scene").scene.volume || 1000 }),
    label: (name) => (name === "ode" ? "Concentrations" : `Molecules (${name})`),
  });
  const volume = new Slider(lab, {
    key: "volume", title: "Molecules per unit", low: 10, high: 1e6, logarithmic: true, integer: true, standard: 1000,
    sentence: "Number of molecules that one unit of concentration has.",
    read: (scene) => scene.volume || undefined,
    patch: (value) => ({ volume: value }),
  });
  const show = volume.show.bind(volume);
  volume.show = (scene, defaults) => {
    volume.element.hidden = (scene.method ?? "ode") === "ode";
    show(scene, defaults);
  };
  return [method, volume];
}

function pot(lab, { clocks }) {
  const level = new Choice(lab, {
    key: "level", title: "Pot", anew: true, options: LEVELS, read: (scene) => scene.level ?? "staged",
    patch: (name) => ({ level: name, clock: null, clock_stopped: null }), label: (name) => `Level ${name}`,
  });
  const clock = new Choice(lab, {
    key: "clock", title: "Clock", options: [["", "suitable"], ...clocks.map(({ name, summary }) => [name, name, summary])],
    read: (scene) => scene.clock ?? "", patch: (name) => ({ clock: name }), label: (name) => `Clock ${name || "suitable"}`,
  });
  const stop = new Switch(lab, {
    key: "clock_stopped", title: "Stop the clock", sentence: "Takes the reactions of the clock out of the pot.",
    read: (scene) => scene.clock_stopped ?? false, patch: (on) => ({ clock_stopped: on }),
    label: (on) => (on ? "Clock stopped" : "Clock started"),
  });
  for (const control of [clock, stop]) {
    const show = control.show.bind(control);
    control.show = (scene) => {
      control.element.hidden = scene.level !== "autonomous";
      show(scene);
    };
  }
  return [level, clock, stop];
}
