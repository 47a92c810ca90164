/** Which lab the page shows: that of before a reload, that of the address, or the first scene of the gallery. */

import { path } from "./api.js";

const KEY = "neuralcrn-lab";

/**
 * Open the lab of the page, and keep its address in that of the page.
 * @param {import("./lab.js").Lab} lab
 */
export async function openLab(lab) {
  lab.on(["scene"], () => keepAddress(lab));
  addEventListener("popstate", () => beginAt(lab, location.hash.slice(1)).catch((error) => refuse(lab, error)));
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  const known = kept && kept.address === location.hash.slice(1) && (await exists(kept.id));
  if (known) lab.listen(kept.id);
  else await beginPage(lab, location.hash.slice(1));
}

/** Begin the scene of an address as a new entry of the history of the browser. */
export async function visit(lab, address) {
  await beginAt(lab, address);
  history.pushState(null, "", `#${address}`);
}

/** Begin the scene of the address of the page, or the first one beside the reason why it is refused. */
async function beginPage(lab, address) {
  try {
    await beginAt(lab, address);
  } catch (error) {
    if (!address) throw error;
    await beginAt(lab, "");
    refuse(lab, error);
  }
}

function refuse(lab, error) {
  lab.set("error", { error: `The address of this page cannot be opened: ${error.message}` });
}

async function beginAt(lab, address) {
  await lab.begin(address ? { address } : {});
}

function keepAddress(lab) {
  const address = lab.get("scene")?.address;
  if (!address) return;
  sessionStorage.setItem(KEY, JSON.stringify({ id: lab.id, address }));
  if (location.hash !== `#${address}`) history.replaceState(null, "", `#${address}`);
}

/** Return whether the server has a lab: asks for the first bytes of its events. */
async function exists(id) {
  const asking = new AbortController();
  try {
    const response = await fetch(path("labs", id, "events"), { signal: asking.signal });
    return response.ok;
  } catch {
    return false;
  } finally {
    asking.abort();
  }
}
