// Makes settings of what comes from elsewhere: a link, a file, the last visit.

import { faultIn, field, NOT_IN_THE_FORM, readNumber, shown } from "./settings.js";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Recovered} Recovered */
/** @typedef {import("./settings.js").Field} Field */
/** @typedef {import("./settings.js").Values} Values */

const QUOTED = 40;

/**
 * What can be used of values from a link, a file or a store, and in sentences what could not. Takes anything, never
 * throws. Numbers are moved into their range; texts are kept as they are, whatever their length.
 * @param {unknown} values @param {Model} model @returns {Recovered}
 */
export function fit(values, model) {
  /** @type {Values} */
  const settings = {};
  /** @type {string[]} */
  const said = [];
  /** @type {string[]} */
  const unknown = [];
  const given = typeof values === "object" && values !== null && !Array.isArray(values) ? Object.entries(values) : [];
  for (const [name, value] of given) {
    const known = field(model, name);
    if (!known && !NOT_IN_THE_FORM.has(name)) unknown.push(quoted(name));
    if (!known || value === null || value === undefined) continue;
    const { fitting, remark } = fitOne(known, value);
    if (fitting !== undefined) settings[name] = fitting;
    if (remark) said.push(`${known.label}: ${remark}`);
  }
  if (unknown.length > 0) {
    const named = [...unknown.slice(0, 3), ...(unknown.length > 3 ? [`${shown(unknown.length - 3)} more`] : [])];
    said.push(`Left out, as this model has no such setting: ${named.join(", ")}.`);
  }
  return { settings: /** @type {Partial<Settings>} */ (settings), said };
}

/** @param {Field} field @param {unknown} value @returns {{fitting?: unknown, remark?: string | null}} */
function fitOne(field, value) {
  if (field.type === "text") {
    if (typeof value !== "string" && typeof value !== "number") return { remark: "it is no text and was left out." };
    return { fitting: String(value), remark: faultIn({ ...field, optional: true }, String(value)) };
  }
  if (field.type === "switch") {
    const fitting = { true: true, false: false }[String(value)];
    return fitting === undefined ? { remark: `${quoted(value)} is neither on nor off and was left out.` } : { fitting };
  }
  if (value === "" && field.optional) return {};
  const number = typeof value === "number" ? value : typeof value === "string" ? readNumber(value) : NaN;
  if (field.type === "choice") return fitChoice(field, value, number);
  if (!Number.isFinite(number)) return { remark: `${quoted(value)} is no number and was left out.` };
  // The nearest legal seed is another picture: better none.
  if (field.name === "seed" && number > (field.maximum ?? Infinity)) {
    return { remark: `${quoted(value)} is too large and was left out.` };
  }
  const whole = field.type === "int" ? Math.round(number) : number;
  const fitting = Math.min(Math.max(whole, field.minimum ?? -Infinity), field.maximum ?? Infinity);
  return { fitting, remark: fitting === number ? null : `${quoted(value)} became ${shown(fitting)}.` };
}

/** @param {Field} field @param {unknown} value @param {number} number */
function fitChoice({ choices }, value, number) {
  const spelt = (/** @type {unknown} */ word) => (typeof word === "object" ? "" : String(word).trim().toLowerCase());
  const same = choices.find((choice) => choice === number || spelt(choice) === spelt(value));
  if (same !== undefined) return { fitting: same };
  const numbers = choices.filter((choice) => typeof choice === "number");
  if (!Number.isFinite(number) || numbers.length === 0) {
    return { remark: `${quoted(value)} is not known and was left out.` };
  }
  const fitting = numbers.reduce((best, each) => (Math.abs(each - number) < Math.abs(best - number) ? each : best));
  return { fitting, remark: `${quoted(value)} became ${shown(fitting)}.` };
}

/** @param {unknown} value */
function quoted(value) {
  if (typeof value === "number") return shown(value);
  if (typeof value !== "string") return "what was given";
  return `“${value.length > QUOTED ? `${value.slice(0, QUOTED)}…` : value}”`;
}
