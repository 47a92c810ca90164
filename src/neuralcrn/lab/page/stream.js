/** The events of a lab: one connection, which resumes where it broke off. */

import { decoded } from "./arrays.js";

const KINDS = ["scene", "circuit", "progress", "map", "step", "amounts", "certificate", "status", "error"];
const PATIENCE = [500, 1000, 2000, 4000];

export class Stream {
  #last = null;
  #source = null;
  #failures = 0;
  #closed = false;

  /**
   * @param {string} address of the events
   * @param {function(string, *): void} received called with kind and value
   * @param {function(boolean): void} connected called when the connection is there and when it is lost
   */
  constructor(address, received, connected) {
    this.address = address;
    this.received = received;
    this.connected = connected;
    this.#open();
  }

  /** End the connection. */
  close() {
    this.#closed = true;
    this.#source?.close();
  }

  #open() {
    const after = this.#last === null ? "" : `?after=${this.#last}`;
    this.#source = new EventSource(this.address + after);
    this.#source.onopen = () => {
      this.#failures = 0;
      this.connected(true);
    };
    this.#source.onerror = (event) => event.data === undefined && this.#again(); // not an error that the lab reports
    for (const kind of KINDS) this.#source.addEventListener(kind, (event) => this.#read(kind, event));
  }

  #read(kind, event) {
    if (event.data === undefined) return; // an error of the connection
    if (event.lastEventId) this.#last = event.lastEventId;
    this.received(kind, decoded(JSON.parse(event.data)));
  }

  #again() {
    if (this.#closed) return;
    this.#source.close();
    this.connected(false);
    setTimeout(() => this.#closed || this.#open(), PATIENCE[Math.min(this.#failures++, PATIENCE.length - 1)]);
  }
}
