/** Mathematical notation: the LaTeX of names and reactions as MathML, which browsers draw themselves. */

import { short } from "./numbers.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const GREEK = Object.fromEntries(
  "alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω"
    .split(" ")
    .map((word, k, words) => [word, words[k + 1]])
    .filter((_, k) => k % 2 === 0),
);
const OPERATORS = { rightarrow: "→", times: "×", cdot: "·", pm: "±", leq: "≤", geq: "≥", dots: "…", infty: "∞" };
const SPACES = { ",": "0.17em", ";": "0.28em", " ": "0.25em", quad: "1em" };
const TOKEN = /\\([A-Za-z]+|.)|[{}^_]|\d+(?:\.\d+)?|[^\s]/gsu;

/**
 * Return LaTeX mathematics as an element; commands that are not known are shown as text.
 * @param {string} latex as `name_latex` and `reaction_latex` of the package write it
 * @returns {Element}
 */
export function math(latex) {
  const tokens = [...latex.matchAll(TOKEN)].map((match) => match[0]);
  const element = made("math", row(tokens, latex));
  element.setAttribute("aria-label", spoken(latex));
  return element;
}

/** Return the text of a notation for a screen reader, a title or a canvas. */
export function spoken(latex) {
  return latex
    .replaceAll(/\\(?:mathrm|text)\{((?:\\.|[^{}])*)\}/g, "$1")
    .replaceAll(/\\xrightarrow\{((?:[^{}]|\{[^{}]*\})*)\}/g, "→ at rate $1:")
    .replaceAll("\\rightarrow", "→")
    .replaceAll("\\varnothing", "∅")
    .replaceAll(/\\([A-Za-z]+)/g, (_, word) => GREEK[word] ?? OPERATORS[word] ?? "")
    .replaceAll(/\\[,; ]/g, " ")
    .replaceAll("^{+}", "⁺")
    .replaceAll("^{-}", "⁻")
    .replaceAll(/_\{([^{}]*)\}/g, "$1")
    .replaceAll(/[{}\\]/g, "");
}

/** Return the notation of a quantity from that of one of its rails: without the sign. */
export const unsigned = (latex) => latex.replace(/\^\{[+-]\}$/, "");

function made(tag, children = [], attributes = {}) {
  const element = document.createElementNS(MATHML, tag);
  element.append(...children);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Return the elements up to the end of a group, and attach indices to what they follow. */
function row(tokens) {
  const parts = [];
  while (tokens.length && tokens[0] !== "}") {
    const token = tokens.shift();
    if (token === "_" || token === "^") {
      parts.push(scripted(parts.pop() ?? made("mrow"), token, argument(tokens)));
    } else parts.push(element(token, tokens));
  }
  tokens.shift();
  return parts;
}

function scripted(base, kind, script) {
  if (kind === "^" && base.localName === "msub") return made("msubsup", [...base.children, script]);
  return made(kind === "_" ? "msub" : "msup", [base, script]);
}

function argument(tokens) {
  if (tokens[0] !== "{") return element(tokens.shift() ?? "", tokens);
  tokens.shift();
  return made("mrow", row(tokens));
}

function element(token, tokens) {
  if (token === "{") return made("mrow", row(tokens));
  if (token.startsWith("\\")) return command(token.slice(1), tokens);
  if (/^\d/.test(token)) return made("mn", [token.includes(".") ? short(Number(token)) : token]);
  if (/^\p{L}$/u.test(token)) return made("mi", [token]);
  return made("mo", [token === "-" ? "\u2212" : token]);
}

function command(name, tokens) {
  if (name in GREEK) return made("mi", [GREEK[name]]);
  if (name in OPERATORS) return made("mo", [OPERATORS[name]]);
  if (name in SPACES) return made("mspace", [], { width: SPACES[name] });
  if (name === "varnothing") return made("mi", ["∅"], { mathvariant: "normal" });
  if (name === "xrightarrow") return arrow(argument(tokens));
  if (name === "mathrm" || name === "text") return made("mtext", [plain(tokens)]);
  if (name === "hat") return made("mover", [argument(tokens), made("mo", ["^"])], { accent: "true" });
  return made("mtext", [name]);
}

/** Return a long arrow, which fonts without stretched ones have too, with a rate constant above. */
function arrow(above) {
  return made("mover", [made("mo", ["⟶"], { stretchy: "false" }), above]);
}

/** Return the characters of a group of text. */
function plain(tokens) {
  let text = "";
  if (tokens[0] === "{") tokens.shift();
  while (tokens.length && tokens[0] !== "}") text += tokens.shift().replace(/^\\/, "");
  tokens.shift();
  return text;
}
