/** Numbers as text. */

const MINUS = "\u2212";

/**
 * Return a number with three significant digits: 0.0123, 12.3, 4.50e6.
 * @param {number|null|undefined} value
 */
export function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll("-", MINUS).replace("e+", "e");
}

/** Return a number that fits into a few characters: three digits, or an exponent for small ones. */
export function brief(value) {
  const size = Math.abs(value);
  return size !== 0 && size < 0.01 ? value.toExponential(1).replaceAll("-", MINUS) : short(value);
}

/** Return a number with three decimals, for columns of values that move. */
export function fixed(value) {
  if (!Number.isFinite(value)) return "–";
  return (Math.abs(value) < 1000 ? value.toFixed(3) : value.toExponential(2)).replace("-", MINUS);
}

/** Return a count with separated thousands. */
export const count = (value) => Math.round(value ?? 0).toLocaleString("en").replaceAll(",", "\u202f");

/** Return a fraction in percent. */
export function percent(value) {
  if (!Number.isFinite(value)) return "–";
  const size = 100 * value;
  return `${size !== 0 && Math.abs(size) < 10 ? Number(size.toPrecision(2)) : Math.round(size)} %`;
}

/**
 * Return about `wanted` round numbers between two ends.
 * @param {number} low @param {number} high @param {number} wanted
 */
export function ticks(low, high, wanted = 5) {
  const rough = (high - low) / wanted;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}
