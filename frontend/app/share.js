// Links that carry a form's settings, in the part of the URL that browsers keep to themselves. Never a key.

import { fit } from "./fitting.js";
import { changed, field } from "./settings.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Recovered} Recovered */

const START = "#/create?";
// The longest prompts that the API takes, all of it emoji, come to 96,000: a link that this page makes, it reads.
const LONGEST = 100_000;

/**
 * `<origin>/#/create?prompt=…` with the prompt and what else differs from the defaults.
 *
 * @param {Settings} settings
 * @param {string} origin
 * @param {Model} model
 */
export function link(settings, origin, model) {
  const values = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (settings));
  const query = new URLSearchParams();
  for (const name of ["prompt", ...changed(settings, model)]) {
    if (values[name] !== null && values[name] !== undefined) query.set(name, String(values[name]));
  }
  return `${origin}/${START}${query}`;
}

/**
 * What a link's fragment says, made to fit. It never throws, whatever stands there.
 *
 * @param {string} fragment `location.hash`
 * @param {Model} model
 * @returns {Recovered | null} null for a fragment without settings
 */
export function read(fragment, model) {
  if (!fragment.startsWith(START)) return null;
  if (fragment.length > LONGEST) return { settings: {}, said: ["The link is too long to be read, so none of it was."] };
  /** @type {Map<string, string>} */
  const values = new Map();
  const repeated = new Set();
  for (const [name, text] of new URLSearchParams(fragment.slice(START.length))) {
    if (!values.has(name)) values.set(name, text);
    // Only names that are ours: what else stands there may be a key that somebody put into the link.
    else if (field(model, name)) repeated.add(field(model, name)?.label);
  }
  if (values.size === 0) return null;
  const { settings, said } = fit(Object.fromEntries(values), model);
  if (repeated.size) said.push(`More than one value was given for ${[...repeated].join(", ")}; the first was taken.`);
  return { settings, said };
}
