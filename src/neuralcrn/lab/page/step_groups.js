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

/** Return whether a quantity belongs to a selected one: itself, its gradient or its adjoint. */
export const isOf = (name, selected) => selected !== null && (name === selected || name.endsWith(`_${selected}`));

/**
 * Return the panels of a step: of each role the quantities that change most and those that are selected, and at the
 * end the species of the selected quantity.
 * @param {Object} step the event `step`
 * @param {string|null} selected name of a quantity
 * @returns {Array<{title: string, traces: Array<{quantity: Object, species: string[], values: Float32Array, selected: boolean}>, hidden: number}>}
 */
export function panelsOf(step, selected) {
  const panels = ROLES.map(([role, title]) => {
    const traces = step.quantities
      .filter((quantity) => quantity.role === role)
      .map((quantity) => traced(step, quantity, quantity.species, isOf(quantity.name, selected)));
    const shown = chosen(traces);
    return { title, traces: shown, hidden: traces.length - shown.length };
  });
  return [...panels, speciesPanel(step, selected)].filter((panel) => panel.traces.length);
}

/** Return the panel of both species of the selected quantity, of which the other panels show the difference. */
function speciesPanel(step, selected) {
  const quantity = step.quantities.find(({ name, species }) => name === selected && species.length > 1);
  const traces = (quantity?.species ?? []).map((name) => traced(step, quantity, [name], true));
  return { title: quantity?.role === "parameter" ? "change of both species" : "both species", traces, hidden: 0 };
}

/** Return the time course of a quantity or of one of its species; those of parameters begin at 0. */
function traced(step, quantity, species, selected) {
  const columns = step.species.length;
  const [positive, negative] = species.map((name) => step.species.indexOf(name));
  const values = Float32Array.from(step.times, (_, row) => {
    const base = row * columns;
    return step.values[base + positive] - (negative === undefined ? 0 : step.values[base + negative]);
  });
  const first = quantity.role === "parameter" ? values[0] : 0;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { quantity, species, values: values.map((value) => value - first), moves: high - low, selected };
}

function chosen(traces) {
  const order = [...traces].sort((a, b) => b.selected - a.selected || b.moves - a.moves);
  const largest = Math.max(...traces.map((trace) => trace.moves), 0);
  const kept = new Set(order.slice(0, LINES).filter((trace, k) => k === 0 || trace.selected || trace.moves > STILL * largest));
  return traces.filter((trace) => kept.has(trace));
}
