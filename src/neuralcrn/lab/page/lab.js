/** One lab: a training on the server, its newest views, and commands to it. */

import { end, path, tell } from "./api.js";
import { Commands } from "./commands.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";

/** Characters of a label and of a key. */
const LONGEST = 200;

/**
 * Values of a lab are those of its events (`scene`, `progress`, ...) and those of its reader: `selected`, the name
 * of a quantity; `time`, the moment of the training step at which the views show it, null for its end; `connected`.
 */
export class Lab extends Store {
  #stream = null;
  #commands = new Commands(
    (command) => tell(path("labs", this.id, "commands"), command),
    (error) => this.set("error", { error: error.message }),
  );

  /** Name of the lab on the server; whoever knows it controls the lab. */
  id = null;

  constructor() {
    super();
    this.set("selected", null);
    this.set("time", null);
  }

  /**
   * Begin another training.
   * @param {Object} what {"scene"}, {"address"}, or nothing for the first scene of the gallery
   */
  async begin(what = {}) {
    const { lab } = await tell(path("labs"), what);
    if (this.id) this.close();
    this.listen(lab);
  }

  /** Listen to a lab that is on the server. */
  listen(id) {
    this.id = id;
    for (const name of ["selected", "time", "step", "origin", "error", "painted"]) this.set(name, null);
    this.#stream = new Stream(
      path("labs", id, "events"),
      (kind, value) => this.#receive(kind, value),
      (connected) => this.set("connected", connected),
    );
  }

  /** Give a command by name. */
  command(command, details = {}) {
    return this.#commands.give({ command, ...details });
  }

  /**
   * Change the scene; changes with the same key are one drag, of which the latest value counts.
   * @param {Object} patch fields that change; null is the default
   * @param {string} label what the undo button says
   * @param {string} key
   */
  change(patch, label, key = label) {
    return this.command("change", { patch, label: label.slice(0, LONGEST), key: key.slice(0, LONGEST) });
  }

  /** Change the scene and begin again with new parameters, as for another circuit or other samples. */
  restart(patch, label, key = label) {
    return this.command("change", { patch, label: label.slice(0, LONGEST), key: key.slice(0, LONGEST), anew: true });
  }

  /** Return whether a change with this key has not been sent. */
  waits = (key) => this.#commands.waits(key);

  /** Return the address of a file of the lab. */
  file = (name) => path("labs", this.id, "files", name);

  /** End the lab. */
  close() {
    this.#stream.close();
    return end(path("labs", this.id));
  }

  #receive(kind, value) {
    this.set(kind, kind === "progress" ? joined(this.get("progress"), value) : value);
  }
}

/** Return progress with the points of before, unless all of them were sent. */
function joined(before, after) {
  if (!before || after.whole) return after;
  return {
    ...after,
    loss: [...before.loss, ...after.loss],
    accuracy: [...before.accuracy, ...after.accuracy],
  };
}
