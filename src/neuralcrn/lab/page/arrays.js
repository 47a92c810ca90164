/** Arrays of numbers as the server sends them: {"shape": [...], "float32": base64}. */

/**
 * Return a value with all its arrays decoded; an array is a Float32Array with its `shape`.
 * @param {*} value parsed JSON
 */
export function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  if ("float32" in value) return floats(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, decoded(part)]));
}

function floats({ shape, float32 }) {
  const bytes = Uint8Array.from(atob(float32), (character) => character.charCodeAt(0));
  return Object.assign(new Float32Array(bytes.buffer), { shape });
}
