/** Drawing at the rate of the screen: each drawing at most once per frame, however many values arrive. */

const waiting = new Set();
let asked = false;

/**
 * Return a function that has `draw` called in the next frame.
 * @param {function(number): void} draw called with the time of the frame, milliseconds
 */
export function perFrame(draw) {
  return () => {
    waiting.add(draw);
    if (!asked) requestAnimationFrame(drawAll);
    asked = true;
  };
}

/** Whether the reader asked their system for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function drawAll(time) {
  asked = false;
  const drawings = [...waiting];
  waiting.clear();
  for (const draw of drawings) draw(time);
}
