/** Colours of figures: those of the style sheet, which follow light and dark. */

const CLASSES = ["--blue", "--vermillion", "--green"];
const LINES = ["--blue", "--vermillion", "--green", "--orange", "--purple", "--sky", "--text"];
/** Share of the colour of a class in the map where the prediction is certain. */
const STRENGTH = 0.62;

const probe = document.createElement("span");
let known = new Map();

/**
 * Return a colour of the style sheet as [red, green, blue].
 * @param {string} name such as "--blue"
 */
export function channels(name) {
  if (!known.has(name)) {
    if (!probe.isConnected) {
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(${name})`;
    known.set(name, getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number));
  }
  return known.get(name);
}

/** Return a colour of the style sheet for a canvas. */
export function colour(name, opacity = 1) {
  return `rgb(${channels(name).join(" ")} / ${opacity})`;
}

/** Return the name of the colour of a class, and of a line. */
export const classColour = (k) => CLASSES[k % CLASSES.length];
export const lineColour = (k) => LINES[k % LINES.length];

/** Return the colour of a number by its sign: blue above zero, vermillion below, pale near it. */
export const signColour = (value) => (value < 0 ? "--vermillion" : "--blue");

/**
 * Return the channels of a map between two classes.
 * @param {number} share 0 for class 0, 1 for class 1
 */
export function between(share) {
  const bounded = Math.min(Math.max(share, 0), 1);
  const certainty = Math.abs(2 * bounded - 1) * STRENGTH;
  return mixed(channels("--card"), channels(classColour(bounded < 0.5 ? 0 : 1)), certainty);
}

/** Return the channels of the area of a class. */
export const areaOf = (k, certainty) => mixed(channels("--card"), channels(classColour(k)), STRENGTH * certainty);

/** Call a listener after the colours changed. */
export function onColours(listener) {
  const forget = () => {
    known = new Map();
    listener();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", forget);
  new MutationObserver(forget).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

const mixed = (from, to, share) => from.map((value, k) => value + (to[k] - value) * share);
