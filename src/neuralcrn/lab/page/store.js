/** Values that views listen to. */

/**
 * A set of named values. A listener is called after a value that it names was set.
 */
export class Store {
  #values = new Map();
  #listeners = new Map();

  /** @param {string} name */
  get(name) {
    return this.#values.get(name);
  }

  /** @param {string} name @param {*} value */
  set(name, value) {
    this.#values.set(name, value);
    for (const listener of this.#listeners.get(name) ?? []) listener(value);
  }

  /**
   * Call a listener now and after every change of one of the values.
   * @param {string[]} names
   * @param {function(*): void} listener
   */
  on(names, listener) {
    for (const name of names) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name).add(listener);
    }
    listener();
  }
}
