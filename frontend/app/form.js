// The form's values: kept from one visit to the next, set by its fields, and found faulty before they are sent.

import { batch, computed, effect, signal } from "../vendor/preact-signals-core/signals-core.mjs";
import { ownProblem } from "./api.js";
import { check, defaults, field, fields, lengthOf, readNumber } from "./settings.js";
import { cannotLoad, faults, model, modelProblem, notify, settings } from "./state.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./settings.js").Field} Field */
/** @typedef {import("./settings.js").Faults} Faults */
/** @typedef {{prompts: string[], total: number, error: string | null}} Expansion */

const SAVED = "sasha.form";
const SAVE_AFTER_MS = 250;
/** What works only once it is used is loaded when it is. */
const PARTS = {
  advanced: () => import("./views/panel-advanced.js"),
  generate: () => import("./views/panel-generate.js"),
  prompt: () => import("./views/panel-prompt.js"),
  remarks: () => import("./views/panel-remarks.js"),
  seed: () => import("./views/panel-seed.js"),
  words: () => import("./views/panel-words.js"),
};
/** @typedef {{[Name in keyof typeof PARTS]: Awaited<ReturnType<(typeof PARTS)[Name]>>}} Parts */

/** What was typed before the API's description of the model came. */
const early = signal("");
/** Numbers as they were typed: "7." stays so, though it is 7. */
const drafts = signal(/** @type {Record<string, string>} */ ({}));
const expand = signal(/** @type {((prompt: string) => Expansion) | null} */ (null));

export const loaded = signal(/** @type {Partial<Parts>} */ ({}));
/** What is unfolded; `sheet` matters on phones alone, where the panel is else a bar. */
export const open = signal({ sheet: false, negative: false, style: false, advanced: false });

export const typedPrompt = computed(() => settings.value?.prompt ?? early.value);
/** What the prompt's wildcards stand for; itself where it has none. */
export const expansion = computed(() => expanded(typedPrompt.value));
/** How many prompts it comes to, as far as that can be told. */
export const promptCount = computed(() => Math.max(1, expansion.value.total));

/** The values of the last visit come back, as far as they fit the model of today; from now on they are kept. */
export function startForm() {
  const saved = readSaved();
  if (typeof saved.settings?.prompt === "string") early.value = saved.settings.prompt;
  if (saved.settings) needFitting().catch(() => {}); // said when it is needed
  effect(() => {
    const known = model.value;
    if (!known || settings.peek()) return;
    if (saved.settings) void restore(saved.settings, known);
    else settings.value = { ...defaults(known), prompt: early.peek() };
  });
  effect(() => {
    if (typedPrompt.value.includes("{")) needWildcards().catch(() => {}); // said when it matters: at Generate
  });
  effect(lookAgain);
  keep(saved.settings ?? {});
}

/** Needed by those alone who were here before. */
const needFitting = () => import("./fitting.js");

/** @param {Partial<Settings>} saved @param {Model} known */
async function restore(saved, known) {
  const fitting = await needFitting().catch(() => null);
  if (fitting === null) {
    // As if the description had not come: with the defaults in its place, what was saved would be lost.
    batch(() => {
      model.value = null;
      modelProblem.value = ownProblem("unloaded", "A part of this page could not be loaded.");
    });
    return;
  }
  const { settings: fit, said } = fitting.fit({ ...saved, prompt: null }, known);
  settings.value = { ...defaults(known), ...fit, prompt: early.peek() };
  if (said.length > 0) notify(said.join(" "));
}

/** @param {keyof typeof open.value} part @param {boolean} [unfolded] */
export function unfold(part, unfolded = true) {
  if (open.peek()[part] !== unfolded) open.value = { ...open.peek(), [part]: unfolded };
}

/** @type {Set<string>} */
const missing = new Set();

/**
 * A part of the form; undefined, and a notice, when it cannot be loaded.
 * @template {keyof Parts} Name @param {Name} name @returns {Promise<Parts[Name] | undefined>}
 */
export async function load(name) {
  try {
    const module = /** @type {Parts[Name]} */ (loaded.peek()[name] ?? (await PARTS[name]()));
    if (loaded.peek()[name] !== module) loaded.value = { ...loaded.peek(), [name]: module };
    missing.delete(name);
    return module;
  } catch {
    // Said once: it is tried again at every change.
    if (!missing.has(name)) cannotLoad();
    missing.add(name);
    return undefined;
  }
}

/** @param {Partial<Settings> | Record<string, unknown>} values */
export function put(values) {
  const before = settings.peek();
  if (before) settings.value = { ...before, ...values };
  else if (typeof values.prompt === "string") early.value = values.prompt;
}

/** @param {Field} field */
export function valueOf({ name }) {
  return valueIn(settings.value, name);
}

/** Sets a number from its text, which stays as it was typed. @param {Field} field @param {string} text */
export function write(field, text) {
  drafts.value = { ...drafts.peek(), [field.name]: text };
  put({ [field.name]: numberIn(field, text) });
}

/** A number as its field shows it. @param {Field} field */
export function textOf(field) {
  const value = valueOf(field);
  const draft = drafts.value[field.name];
  if (draft !== undefined && Object.is(numberIn(field, draft), value)) return draft;
  return value === null || Object.is(value, numberIn(field, "")) ? "" : String(value);
}

/** An empty seed is a random one. @param {Field} field @param {string} text */
function numberIn(field, text) {
  if (text.trim() === "") return field.name === "seed" ? field.default : field.optional ? null : NaN;
  return readNumber(text, field.type === "int");
}

/** Says what is wrong with one field, or that nothing is any more. @param {string} name */
export function judge(name) {
  const values = settings.peek();
  if (values) tell({ ...faults.peek(), [name]: valueIn(findFaults(values), name) });
}

/** Says all that is wrong with these values; the first field of it, null if there is none. @param {Settings} values */
export function judgeAll(values) {
  const found = findFaults(values);
  tell(found);
  return Object.keys(found)[0] ?? null;
}

/** What is wrong, once the wildcards are resolved. @param {Settings} values @returns {Faults} */
export function findFaults(values) {
  const known = model.peek();
  if (!known) return {};
  const { prompts, error } = expanded(values.prompt);
  if (error !== null) return { ...check(values, known), prompt: error };
  // Of all prompts the one that would be refused: a blank one, else the longest.
  const worst = prompts.find((prompt) => prompt.trim() === "") ?? longest(prompts);
  return check({ ...values, prompt: worst }, known);
}

/** Wildcards are rare: their module comes with the first brace. */
export async function needWildcards() {
  expand.value ??= (await import("./wildcards.js")).expand;
}

/** Every [width, height] that the API takes, from tall to wide; none if it has no list of them. @param {Model} known */
export function legalPairs(known) {
  const [widths, heights] = ["img_width", "img_height"].map((name) => field(known, name)?.choices.map(Number) ?? []);
  return widths.flatMap((width) => heights.map((height) => [width, height])).sort(([w, h], [v, i]) => w / h - v / i);
}

/** The numbers of images, where they are few. @param {Model} known */
export function counts(known) {
  const { minimum, maximum } = field(known, "samples") ?? {};
  if (typeof minimum !== "number" || typeof maximum !== "number" || maximum - minimum > 7) return [];
  return Array.from({ length: maximum - minimum + 1 }, (_, n) => minimum + n);
}

/** The fields that have no control of their own above. @param {Model} known */
export function advanced(known) {
  const own = ["prompt", "negative_prompt", "seed"];
  if (legalPairs(known).length > 0) own.push("img_width", "img_height");
  if (counts(known).length > 0) own.push("samples");
  return fields(known).filter(({ name }) => !own.includes(name));
}

/** @type {{values: Settings | null, found: Faults}} */
let looked = { values: null, found: {} };

/**
 * Runs at every change: faults that were told go once they are mended, and a text too long is told at once. What the
 * API found stays until its field is touched; an empty prompt or half a number is no fault while it is being typed.
 */
function lookAgain() {
  const values = settings.value;
  const { total } = expansion.value;
  if (!values || !model.value) return;
  const found = findFaults(values);
  const told = faults.peek();
  /** @type {Record<string, string | undefined>} */
  const next = {};
  for (const name of new Set([...Object.keys(told), ...Object.keys(found)])) {
    const before = valueIn(told, name);
    const untouched = valueIn(values, name) === valueIn(looked.values, name);
    if (before && untouched && before !== valueIn(looked.found, name)) next[name] = before;
    else if (before || isTooMuch(name, valueIn(values, name), total)) next[name] = valueIn(found, name);
  }
  looked = { values, found };
  tell(next);
}

/**
 * A text that is there and yet at fault. While a wildcard is being typed it has no end yet.
 * @param {string} name @param {unknown} value @param {number} total
 */
function isTooMuch(name, value, total) {
  return typeof value === "string" && value.trim() !== "" && (name !== "prompt" || total > 0);
}

/** @param {Record<string, string | undefined>} found */
function tell(found) {
  const next = Object.fromEntries(Object.entries(found).filter(([, fault]) => fault));
  if (JSON.stringify(next) !== JSON.stringify(faults.peek())) faults.value = next;
}

/** What a prompt stands for; itself until the wildcards' module is here. @param {string} prompt @returns {Expansion} */
export function expanded(prompt) {
  return expand.value && prompt.includes("{") ? expand.value(prompt) : { prompts: [prompt], total: 1, error: null };
}

/** @param {string[]} texts */
function longest(texts) {
  return texts.reduce((best, text) => (lengthOf(text) > lengthOf(best) ? text : best));
}

/** Writes every change to this browser; one that refuses to store just forgets. @param {Partial<Settings>} before */
function keep(before) {
  let written = /** @type {string | null} */ (null);
  let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  const text = () => {
    const values = settings.value ?? { ...before, prompt: early.value };
    return JSON.stringify({ settings: values });
  };
  const flush = () => {
    clearTimeout(timer);
    const now = text();
    if (now === written) return;
    written = now;
    try {
      localStorage.setItem(SAVED, now);
    } catch {
      // No storage, or it is full: the form lasts as long as the page.
    }
  };
  effect(() => {
    const now = text();
    // The first is what was read, the next perhaps the model's defaults: nothing that anybody did.
    written ??= now;
    clearTimeout(timer);
    timer = setTimeout(flush, SAVE_AFTER_MS);
  });
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());
}

/** @returns {{settings?: Partial<Settings>}} */
function readSaved() {
  try {
    const saved = JSON.parse(localStorage.getItem(SAVED) ?? "{}");
    return typeof saved === "object" && saved !== null ? saved : {};
  } catch {
    return {};
  }
}

/** @param {object | null} values @param {string} name */
function valueIn(values, name) {
  return /** @type {Record<string, any>} */ (values ?? {})[name];
}
