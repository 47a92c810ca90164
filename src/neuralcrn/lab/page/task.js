/** Changes of the task. */

/** Return the change to another task, with the circuit and the options of that task. */
export const freshTask = (task) => ({
  task, circuit: null, rule: null, equation: null, options: null, factors: null, removed: null, epochs: null,
});
