/** What can be taken away: the address, and the files that the server makes of the lab. */

import { ask, path } from "./api.js";
import { dialog } from "./dialog.js";
import { fill, h } from "./dom.js";

const GROUPS = [
  ["code", "Code", "This training for Python, for the command line, and for this page."],
  ["network", "Network", "The reactions with the learned weights: an archive with one file for each phase."],
  ["figure", "Figures", "As 'neuralcrn train' draws them: SVG for papers, PNG for slides."],
  ["run", "Run", "The whole training."],
];

/**
 * Return the dialog of everything that can be taken away.
 * @param {import("./lab.js").Lab} lab
 * @param {function(): void} share
 */
export function takeaway(lab, share) {
  return dialog("Take it away", async (body) => {
    fill(body, addressOf(share), h("p", {}, "Asking for the files."));
    try {
      const files = await ask(path("labs", lab.id, "files"));
      fill(body, addressOf(share), GROUPS.map((group) => section(lab, files, group)));
    } catch (error) {
      fill(body, addressOf(share), h("p", {}, error.message));
    }
  });
}

function addressOf(share) {
  const field = h("input", { type: "text", readonly: true, value: location.href, id: "share-address", onfocus: () => field.select() });
  return h("div", { class: "address" }, h("label", { for: "share-address" }, "Address of this scene"), field, h("button", { class: "plain", onclick: share }, "Copy"));
}

function section(lab, files, [group, title, sentence]) {
  const links = files.filter((file) => file.group === group).map((file) =>
    h("li", {},
      h("a", { href: lab.file(file.name), download: file.name }, file.title), h("span", {}, file.name),
      file.contents ? h("p", { class: "note" }, file.contents) : null));
  return links.length ? h("section", {}, h("h3", {}, title), h("p", { class: "note" }, sentence), h("ul", { class: "files" }, links)) : null;
}
