/** Places of the nodes of a circuit: layers from left to right. */

/**
 * Return the nodes with their places, and the weights as curves between them.
 * @param {Object} circuit the event `circuit`
 * @param {number} width @param {number} height CSS pixels
 * @param {number} text size of text
 */
export function layoutOf(circuit, width, height, text) {
  const layers = [...new Set(circuit.nodes.map((node) => node.layer))].sort((a, b) => a - b);
  const most = Math.max(...layers.map((layer) => circuit.nodes.filter((node) => node.layer === layer).length));
  const radius = Math.max(2, Math.min(0.95 * text, (0.4 * (height - text)) / most));
  const margin = 2.6 * text;
  const nodes = circuit.nodes.map((node) => {
    const beside = circuit.nodes.filter((other) => other.layer === node.layer);
    const column = layers.indexOf(node.layer);
    const x = layers.length > 1 ? margin + ((width - 2 * margin) * column) / (layers.length - 1) : width / 2;
    const pitch = (height - 0.5 * text) / beside.length;
    return { ...node, x, y: 0.25 * text + pitch * (beside.indexOf(node) + 0.5), radius };
  });
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const edges = circuit.weights
    .filter((weight) => byName.has(weight.to))
    .map((weight) => {
      const [from, to] = [byName.get(weight.from), byName.get(weight.to)];
      return { weight, points: from ? curve(from, to, radius) : stub(to, radius) };
    });
  return { nodes, edges, radius };
}

/** Return the four points of a Bezier curve between nodes; one within a layer bends out of it. */
function curve(from, to, radius) {
  if (from === to) {
    const [x, y, reach] = [from.x, from.y - radius, 3 * radius];
    return [[x - 2, y], [x - reach, y - reach], [x + reach, y - reach], [x + 2, y]];
  }
  const reach = from.layer === to.layer ? 3 * radius + 0.2 * Math.abs(to.y - from.y) : 0.45 * (to.x - from.x);
  const back = from.layer === to.layer ? -1 : 1;
  return [[from.x, from.y], [from.x + reach, from.y], [to.x - back * reach, to.y], [to.x, to.y]];
}

/** Return the line of a bias, which comes from no other node. */
function stub({ x, y }, radius) {
  const [left, top] = [x - 1.1 * radius, y - 1.9 * radius];
  return [[left, top], [left, top], [x, y], [x, y]];
}

/** Return the distance of a place to a curve. */
export function distance(points, x, y) {
  let nearest = Infinity;
  for (let k = 0; k <= 24; k++) {
    const t = k / 24, s = 1 - t;
    const on = [0, 1].map((axis) =>
      s ** 3 * points[0][axis] + 3 * s * s * t * points[1][axis] + 3 * s * t * t * points[2][axis] + t ** 3 * points[3][axis]);
    nearest = Math.min(nearest, Math.hypot(on[0] - x, on[1] - y));
  }
  return nearest;
}
