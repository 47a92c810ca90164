/** Requests to the server of the lab; a refusal is an Error with the server's sentence. */

/** Return the address of a part of the interface. */
export const path = (...parts) => ["api", ...parts.map(encodeURIComponent)].join("/");

/** Return the answer to a question. */
export const ask = (address) => answer(address, {});

/** Send a value, and return the answer. */
export function tell(address, value) {
  const headers = { "Content-Type": "application/json" };
  return answer(address, { method: "POST", headers, body: JSON.stringify(value) });
}

/** End what an address names, also while the page closes. */
export const end = (address) => fetch(address, { method: "DELETE", keepalive: true }).catch(() => undefined);

async function answer(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("The server of the lab does not answer: start it again with 'neuralcrn lab'");
  }
  const text = await response.text();
  if (response.ok) return text ? JSON.parse(text) : null;
  throw Object.assign(new Error(sentence(text) ?? `The server answered ${response.status}`), {
    status: response.status,
  });
}

function sentence(text) {
  try {
    return JSON.parse(text).error ?? null;
  } catch {
    return null;
  }
}
