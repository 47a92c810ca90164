/** The quantities of a training step, in panels. */

const ROLES = [
  ["clock", "clock"],
  ["state", "states"],
  ["error", "errors"],
  ["adjoint", "adjoints"],
  ["gradient", "gradients"],
  ["parameter", "change of weights"],
];
const LINES = 6;
/** Fraction of the largest range in a panel below which a quantity does not move. */
const STILL = 1e-3;

/**
 * Return the panels of a step: of each role the quantities that change most, and those that are selected.
 * @param {Object} step the event `step`
 * @param {function(Object): boolean} selected whether a quantity is selected
 * @returns {Array<{title: string, traces: Array<{quantity: Object, values: Float32Array, selected: boolean}>, hidden: number}>}
 */
export function panelsOf(step, selected) {
  return ROLES.map(([role, title]) => {
    const traces = step.quantities
      .filter((quantity) => quantity.role === role)
      .map((quantity) => traced(step, quantity, role === "parameter", selected(quantity)));
    const shown = chosen(traces);
    return { title, traces: shown, hidden: traces.length - shown.length };
  }).filter((panel) => panel.traces.length);
}

function traced(step, quantity, sinceStart, selected) {
  const columns = step.species.length;
  const [positive, negative] = quantity.species.map((name) => step.species.indexOf(name));
  const values = Float32Array.from(step.times, (_, row) => {
    const base = row * columns;
    return step.values[base + positive] - (negative === undefined ? 0 : step.values[base + negative]);
  });
  const first = sinceStart ? values[0] : 0;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { quantity, values: sinceStart ? values.map((value) => value - first) : values, moves: high - low, selected };
}

function chosen(traces) {
  const order = [...traces].sort((a, b) => b.selected - a.selected || b.moves - a.moves);
  const largest = Math.max(...traces.map((trace) => trace.moves), 0);
  const kept = new Set(order.slice(0, LINES).filter((trace, k) => k === 0 || trace.selected || trace.moves > STILL * largest));
  return traces.filter((trace) => kept.has(trace));
}
