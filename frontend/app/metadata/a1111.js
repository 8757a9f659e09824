// The text in which A1111's web UI writes down how a picture was made, and which most programs of the kind can read.

import { nearestScheduler } from "./samplers.js";

/** @typedef {import("../types.js").Settings} Settings */
/** @typedef {{values: Record<string, unknown>, said: string[]}} Read raw values, and what was changed or left out */

const NEGATIVE = "Negative prompt:";
// What it calls our numbers.
const NUMBERS = new Map([
  ["Steps", "num_inference_steps"],
  ["CFG scale", "guidance_scale"],
  ["Seed", "seed"],
  ["Lora scale", "lora_scale"],
]);
// Read in another way, or of no consequence to the picture.
const NO_LOSS = new Set([
  "Sampler", "Schedule type", "Size", "Model", "Model hash", "Version", "Lora hashes", "TI hashes", "Hashes",
]);
const LONGEST = 100_000;

/** @param {Settings} settings @param {string} model */
export function format(settings, model) {
  const { prompt, negative_prompt, lora_scale } = settings;
  const facts = [
    `Steps: ${settings.num_inference_steps}`,
    `Sampler: ${settings.scheduler}`,
    `CFG scale: ${settings.guidance_scale}`,
    `Seed: ${settings.seed}`,
    `Size: ${settings.img_width}x${settings.img_height}`,
    ...(model ? [`Model: ${quoted(model)}`] : []),
    ...(lora_scale === null ? [] : [`Lora scale: ${lora_scale}`]),
  ];
  const lines = [prompt, ...(negative_prompt ? [`${NEGATIVE} ${negative_prompt}`] : []), facts.join(", ")];
  return lines.join("\n").toWellFormed();
}

/**
 * @param {string} text
 * @returns {Read | null} null if it tells of no settings
 */
export function parse(text) {
  const lines = text.slice(0, LONGEST).trim().split("\n");
  const last = lines.findLastIndex((line) => /^\s*Steps: *\d/.test(line));
  const at = last < 0 ? lines.length - 1 : last;
  const facts = factsOf(lines[at]);
  if (last < 0 && ["Sampler", "CFG scale", "Seed", "Size"].filter((name) => facts.has(name)).length < 2) return null;
  const before = lines.slice(0, at);
  const negative = before.findIndex((line) => line.trimStart().startsWith(NEGATIVE));
  const until = negative < 0 ? before.length : negative;
  const said = [];
  /** @type {Record<string, unknown>} */
  const values = {
    prompt: before.slice(0, until).join("\n").trim(),
    negative_prompt: before.slice(until).join("\n").trim().slice(NEGATIVE.length).trim(),
  };
  for (const [theirs, ours] of NUMBERS) if (facts.has(theirs)) values[ours] = numberOf(facts.get(theirs) ?? "");
  const size = /^(\d{1,6})x(\d{1,6})$/.exec(facts.get("Size") ?? "");
  if (size) [values.img_width, values.img_height] = [Number(size[1]), Number(size[2])];
  const sampler = facts.get("Sampler");
  if (sampler) said.push(...readSampler(sampler, facts.get("Schedule type") ?? "", values));
  const lost = [...facts.keys()].filter((name) => !NUMBERS.has(name) && !NO_LOSS.has(name));
  if (lost.length) said.push(`Left out, as this model has no such setting: ${listed(lost)}.`);
  return { values, said };
}

/** @param {string} sampler @param {string} noise @param {Record<string, unknown>} values */
function readSampler(sampler, noise, values) {
  const name = noise && !["automatic", "normal"].includes(noise.toLowerCase()) ? `${sampler} ${noise}` : sampler;
  const nearest = nearestScheduler(name);
  if (nearest === null) return [`The sampler “${shortened(name)}” is not known here, so the scheduler stays as it is.`];
  values.scheduler = nearest;
  if (nearest.toLowerCase() === name.trim().toLowerCase()) return [];
  return [`The sampler “${shortened(name)}” is not offered; ${nearest} comes nearest.`];
}

/**
 * `Steps: 20, Model: "a, b", …` as names and values. By hand: a regular expression can take hours over a hostile line.
 *
 * @param {string} line
 * @returns {Map<string, string>}
 */
function factsOf(line) {
  const facts = new Map();
  for (let at = 0; at < line.length; ) {
    const colon = line.indexOf(":", at);
    if (colon < 0) break;
    const name = line.slice(at, colon).trim();
    let start = colon + 1;
    while (line[start] === " ") start++;
    const quote = line[start] === '"' ? endOfQuote(line, start) : -1;
    const comma = line.indexOf(",", Math.max(start, quote));
    const end = comma < 0 ? line.length : comma;
    if (/^\w[\w \-/]{0,60}$/.test(name) && !facts.has(name)) facts.set(name, unquoted(line.slice(start, end).trim()));
    at = end + 1;
  }
  return facts;
}

/** Where a text in quotes ends, -1 if it does not. @param {string} line @param {number} start */
function endOfQuote(line, start) {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === '"') return at;
  }
  return -1;
}

/** As A1111 does: JSON where a comma, a colon or a line's end would be taken for its own. @param {string} value */
function quoted(value) {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value;
}

/** @param {string} value */
function unquoted(value) {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/** What is no number stays a text, for settings.js to refuse in words. @param {string} text */
function numberOf(text) {
  return /^-?\d{1,20}(\.\d{1,20})?$/.test(text) ? Number(text) : text;
}

/** @param {string[]} names */
function listed(names) {
  const shown = names.slice(0, 4).map(shortened);
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}

/** @param {string} name */
function shortened(name) {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}
