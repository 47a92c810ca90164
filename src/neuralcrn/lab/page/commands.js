/** Commands in order; of those with the same key that wait, only the latest is sent, and the last always is. */

export class Commands {
  #waiting = [];
  #busy = false;

  /**
   * @param {function(Object): Promise<*>} send sends one command
   * @param {function(Error): void} refused called with what the server says to a command that it refuses
   */
  constructor(send, refused) {
    this.send = send;
    this.refused = refused;
  }

  /**
   * Give a command; it resolves once the server has it, or a later one with the same key replaced it.
   * @param {Object} command with a `key` if later ones replace it
   */
  give(command) {
    return new Promise((resolve) => {
      const same = command.key ? this.#waiting.findIndex((item) => item.command.key === command.key) : -1;
      if (same >= 0) this.#waiting.splice(same, 1)[0].resolve();
      this.#waiting.push({ command, resolve });
      if (!this.#busy) this.#empty();
    });
  }

  /** Return whether a command with this key waits. */
  waits = (key) => this.#waiting.some((item) => item.command.key === key);

  async #empty() {
    this.#busy = true;
    while (this.#waiting.length) {
      const { command, resolve } = this.#waiting.shift();
      try {
        await this.send(command);
      } catch (error) {
        this.refused(error);
      }
      resolve();
    }
    this.#busy = false;
  }
}
