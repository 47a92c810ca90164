/** The moment of the training step that the views show: concentrations, phase and fluxes at one time. */

/**
 * Return the row of a recorded step at a time, and its phase.
 * @param {Object} step the event `step`
 * @param {number|null} time null is the end of the step
 * @returns {{row: number, time: number, phase: string, start: number, end: number}}
 */
export function momentOf(step, time) {
  const times = step.times;
  const at = time === null ? times[times.length - 1] : time;
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < at - 1e-9) low = middle + 1;
    else high = middle;
  }
  const [phase, start, end] = step.boundaries.find(([, , last]) => at <= last + 1e-9) ?? step.boundaries.at(-1);
  return { row: low, time: at, phase, start, end };
}

/** Return the concentrations of all recorded species at a row, by name. */
export function amountsAt(step, row) {
  const columns = step.species.length;
  return new Map(step.species.map((name, k) => [name, step.values[row * columns + k]]));
}

/**
 * Return the newest concentration of every species: of the moment where it is recorded, or else of the pot.
 * @param {import("./lab.js").Lab} lab
 */
export function amountsNow(lab) {
  const [circuit, amounts, step, time] = ["circuit", "amounts", "step", "time"].map((name) => lab.get(name));
  const pot = new Map((circuit?.species ?? []).map(({ name }, k) => [name, amounts?.values[k]]));
  if (!step) return pot;
  for (const [name, value] of amountsAt(step, momentOf(step, time).row)) pot.set(name, value);
  return pot;
}

/** Return the rate of a reaction at some concentrations: its constant times those of its reactants. */
export function fluxOf(reaction, amounts) {
  return reaction.reactants.reduce((flux, [name, n]) => flux * (amounts.get(name) ?? NaN) ** n, reaction.rate);
}

/** Return the names of the species of a quantity, the positive one first. */
export const railsOf = (circuit, quantity) =>
  circuit.species.filter(({ variable }) => variable === quantity).map(({ name }) => name);

/** Return the value of a quantity: that of its positive species minus that of its negative one. */
export function valueOf([positive, negative], amounts) {
  return (amounts.get(positive) ?? NaN) - (negative ? (amounts.get(negative) ?? NaN) : 0);
}

/** Return the place of a time on an axis on which every phase is one unit wide, and back. */
export function phaseAxis(boundaries) {
  return {
    place(time) {
      const k = boundaries.findIndex(([, , end]) => time <= end + 1e-9);
      const at = k < 0 ? boundaries.length - 1 : k;
      const [, start, end] = boundaries[at];
      return at + (end > start ? Math.min(Math.max((time - start) / (end - start), 0), 1) : 1);
    },
    time(place) {
      const at = Math.min(Math.max(Math.floor(place), 0), boundaries.length - 1);
      const [, start, end] = boundaries[at];
      return start + Math.min(Math.max(place - at, 0), 1) * (end - start);
    },
  };
}
