/** The page: its parts, put together. */

import { announcements } from "./announce.js";
import { ask, path } from "./api.js";
import { certificate } from "./certificate.js";
import { comparison } from "./compare.js";
import { mountControls } from "./controls.js";
import { fill, h, icon } from "./dom.js";
import { gallery } from "./gallery.js";
import { mountGraph } from "./graph.js";
import { keyboard } from "./keyboard.js";
import { Lab } from "./lab.js";
import { mountLoss } from "./loss.js";
import { mountMap } from "./map.js";
import { mountPaint } from "./paint.js";
import { problems } from "./problem.js";
import { mountReactions } from "./reactions.js";
import { openLab, visit } from "./session.js";
import { mountStep } from "./step.js";
import { takeaway } from "./takeaway.js";
import { restoreTheme, switchTheme } from "./theme.js";
import { mountTransport } from "./transport.js";

const at = (id) => document.getElementById(id);

restoreTheme();
const lab = new Lab();
const announce = announcements(at("status"), lab);
const actions = mountTransport(at("transport"), lab);
const map = mountMap(at("map"), lab);
mountPaint(at("map"), lab, map);
mountLoss(at("loss"), lab);
mountStep(at("step"), lab);
mountGraph(at("graph"), lab);
mountReactions(at("reactions"), lab);

const catalogue = ask(path("catalogue"));
const compared = comparison(lab, catalogue);
mountMenu();
Promise.all([fillIn(), openLab(lab)]).catch(refuse);

/** Add what needs the catalogue, which may take longer than the first samples. */
async function fillIn() {
  const choices = await catalogue;
  mountControls(at("controls"), lab, choices);
  lab.on(["scene"], () => showLead(choices));
}

function refuse(error) {
  lab.set("error", { error: error.message });
}

/** Say what is seen: the sentence of the scene of the gallery where this began, or task and circuit. */
function showLead(choices) {
  const view = lab.get("scene");
  if (!view) return;
  const known = choices.gallery.find(({ address }) => address === view.address);
  const { task, circuit } = view.scene;
  const origin = known ? { ...known, task: JSON.stringify(task) } : lab.get("origin");
  lab.set("origin", origin?.task === JSON.stringify(task) ? origin : null);
  const own = { title: `${task.name ?? `Your ${task.kind}`}`, sentence: `Learned by the circuit ${circuit ?? "of the task"}.` };
  const { title, sentence, others } = lab.get("origin") ?? own;
  const beside = others?.length ? h("button", { class: "plain", onclick: compared.show }, "Show side by side") : null;
  fill(at("lead"), h("b", {}, title), ` ${sentence} `, beside);
}

function mountMenu() {
  const scenes = gallery(catalogue, (address) => visit(lab, address).catch(refuse));
  const own = problems(lab, catalogue);
  const files = takeaway(lab, share);
  const { badge, own: proof } = certificate(lab);
  const theme = () => announce(`Colours: ${switchTheme()}`);
  const help = keyboard([
    [" ", "play or pause", actions.play],
    ["p", "one phase", actions.phase],
    ["s", "one sample", actions.sample],
    ["e", "one epoch", actions.epoch],
    ["r", "rewind: the same seed again", actions.rewind],
    ["n", "new seed", actions.reseed],
    ["-", "slower", actions.slower],
    ["+", "faster", actions.faster],
    ["z", "undo", actions.undo],
    ["Z", "redo", actions.redo],
    ["g", "gallery", scenes.show],
    ["o", "your own problem", own.show],
    ["c", "compare circuits", compared.show],
    ["t", "take it away", files.show],
    ["k", "certificate", proof.show],
    ["d", "light or dark", theme],
    ["?", "help", () => help.show()],
  ]);
  const entries = [["Gallery", scenes.show], ["Your problem", own.show], ["Compare", compared.show], ["Take away", files.show]];
  fill(
    at("menu"),
    entries.map(([title, onclick]) => h("button", { class: "plain", onclick }, title)),
    badge,
    h("button", { class: "plain", onclick: share }, "Share"),
    h("button", { class: "quiet", onclick: theme, "aria-label": "Light or dark", title: "Light or dark" }, icon("theme")),
    h("button", { class: "quiet", onclick: help.show, "aria-label": "Help", title: "Help and keys" }, "?"),
  );
}

async function share() {
  try {
    await navigator.clipboard.writeText(location.href);
    announce("The address of this scene is copied: who opens it sees the same.");
  } catch {
    announce("Copy the address of the page: it contains the scene.");
  }
}
