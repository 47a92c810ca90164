/** Where a function on a grid has a value. */

/**
 * Return the lines on which a grid crosses a level, by marching squares with linear interpolation.
 * @param {Float32Array & {shape: number[]}} grid rows of values
 * @param {number} level
 * @returns {Array<[[number, number], [number, number]]>} ends of lines as [column, row]
 */
export function crossings(grid, level) {
  const [rows, columns] = grid.shape;
  const lines = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const places = edges(grid, columns, column, row, level);
      for (let k = 0; k + 1 < places.length; k += 2) lines.push([places[k], places[k + 1]]);
    }
  }
  return lines;
}

/** Return the crossings of the four sides of a cell, in order around it. */
function edges(grid, columns, column, row, level) {
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([right, up]) => ({
    at: [column + right, row + up],
    value: grid[(row + up) * columns + column + right] - level,
  }));
  return corners.flatMap((from, k) => {
    const to = corners[(k + 1) % 4];
    if (from.value > 0 === to.value > 0) return [];
    const share = from.value / (from.value - to.value);
    return [from.at.map((start, axis) => start + share * (to.at[axis] - start))];
  });
}
