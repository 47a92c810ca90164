/** The certificate: chemistry compared with exact mathematics, as a badge and a table. */

import { dialog } from "./dialog.js";
import { fill, h, say } from "./dom.js";
import { short } from "./numbers.js";
import { tableOf } from "./tables.js";

/**
 * Return the badge and the dialog of the certificate.
 * @param {import("./lab.js").Lab} lab
 */
export function certificate(lab) {
  const place = h("div", { tabindex: "0", role: "region", "aria-label": "Certificate", class: "table" });
  const own = dialog("Certificate", (body) => {
    const again = h("button", { class: "plain", onclick: () => lab.command("certify") }, "Measure again");
    fill(body, h("p", {}, "Outputs and gradients of the simulated reactions, compared with exact mathematics."), place, again);
    lab.command("certify");
  });
  const badge = h("button", { class: "badge", onclick: own.show }, "certificate");
  lab.on(["certificate"], () => show(lab.get("certificate"), badge, place));
  return { badge, own };
}

function show(value, badge, place) {
  const state = !value || value.passed === null ? "open" : value.passed ? "passed" : "failed";
  badge.dataset.state = state;
  say(badge, { open: "certificate", passed: "certificate: passes", failed: "certificate: fails" }[state]);
  fill(place, value?.rows?.length ? tableOf({
    caption: "Measured values and their bounds",
    head: ["check", "measured", "bound", "passes", "note"],
    rows: value.rows.map(({ name, measured, bound, passed, note }) => [name, short(measured), short(bound), passed ? "yes" : "no", note ?? ""]),
  }) : h("p", {}, "Being measured."));
}
