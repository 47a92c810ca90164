/** What a screen reader hears, and what everybody reads, of the state of the lab. */

import { h, say } from "./dom.js";
import { percent, short } from "./numbers.js";

/** Time between announcements while the lab plays, milliseconds. */
const PACE = 15000;

/**
 * Show errors, long operations and a lost connection, and announce progress now and then.
 * @param {HTMLElement} place the live region
 * @param {import("./lab.js").Lab} lab
 * @returns {function(string): void} announces a sentence
 */
export function announcements(place, lab) {
  const visible = h("p", { class: "message", hidden: true });
  const quiet = h("p", { class: "unseen" });
  place.append(visible, quiet);
  let said = 0;
  let note = null;

  const show = () => {
    const [text, kind] = sentence(lab, note);
    visible.hidden = !text;
    visible.dataset.kind = kind;
    say(visible, text);
  };
  lab.on(["error", "status", "connected", "progress"], show);
  lab.on(["progress"], () => {
    const progress = lab.get("progress");
    if (!progress || Date.now() - said < PACE) return;
    said = Date.now();
    say(quiet, progressOf(progress));
  });
  return (text) => {
    note = text;
    show();
    setTimeout(() => {
      if (note === text) note = null;
      show();
    }, 4000);
  };
}

/** Return the sentence that matters most, and its kind. */
function sentence(lab, note) {
  const error = lab.get("error")?.error ?? lab.get("progress")?.stopped;
  const status = lab.get("status");
  if (lab.get("connected") === false) return ["The connection to the server is lost; it is being tried again.", "error"];
  if (error) return [error, "error"];
  if (note) return [note, "note"];
  if (status?.text) return [status.total ? `${status.text}: ${status.done ?? 0} of ${status.total}` : status.text, "busy"];
  return ["", "none"];
}

function progressOf({ epoch, samples, loss, accuracy, playing }) {
  const score = accuracy.length ? `accuracy ${percent(accuracy.at(-1)[1])}` : `validation loss ${short(loss.at(-1)?.[2])}`;
  return `${playing ? "Learning" : "Paused"}: epoch ${epoch}, ${samples} samples, ${score}`;
}
