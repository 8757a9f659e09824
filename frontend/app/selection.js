// What the gallery shows and what is chosen in it: signals and the deeds on them. No DOM.

import { batch, computed, signal } from "../vendor/preact-signals-core/signals-core.mjs";
import { between, find } from "./search.js";
import { pictures } from "./state.js";

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./search.js").Order} Order */

export const words = signal("");
export const starredOnly = signal(false);
export const order = signal(/** @type {Order} */ ("newest"));

/** All that match, in order. */
export const found = computed(() => {
  return find(pictures.value, { words: words.value, starredOnly: starredOnly.value, order: order.value });
});
export const filtered = computed(() => words.value.trim() !== "" || starredOnly.value);

const chosenIds = signal(/** @type {ReadonlySet<string>} */ (new Set()));
/** What a deed is done to: never a picture that the search hides. */
export const chosen = computed(() => found.value.filter((picture) => chosenIds.value.has(picture.id)));

/** Where the arrow keys are. */
const at = signal(/** @type {string | null} */ (null));
/** The one picture that Tab reaches. */
export const current = computed(() => {
  const shown = found.value;
  return shown.some((picture) => picture.id === at.value) ? at.value : (shown[0]?.id ?? null);
});

/** Where a range begins. */
let anchor = /** @type {string | null} */ (null);

/** @param {{ words?: string, starredOnly?: boolean, order?: Order }} wanted */
export function look(wanted) {
  batch(() => {
    if (wanted.words !== undefined) words.value = wanted.words;
    if (wanted.starredOnly !== undefined) starredOnly.value = wanted.starredOnly;
    if (wanted.order !== undefined) order.value = wanted.order;
  });
}

export function lookAtAll() {
  look({ words: "", starredOnly: false });
}

/** @param {string} id */
export function isChosen(id) {
  return chosenIds.value.has(id);
}

/** @param {string} id */
export function toggle(id) {
  const ids = new Set(chosenIds.value);
  if (!ids.delete(id)) ids.add(id);
  anchor = id;
  chosenIds.value = ids;
}

/** Chooses all from the last one toggled up to this. @param {string} id */
export function chooseUpTo(id) {
  chosenIds.value = new Set([...chosenIds.value, ...between(found.value, anchor ?? id, id)]);
}

export function chooseAll() {
  chosenIds.value = new Set(found.value.map((picture) => picture.id));
}

export function chooseNone() {
  chosenIds.value = new Set();
}

/** @param {string} id */
export function goTo(id) {
  at.value = id;
}

/** The picture so many places on, within the list. @param {number} steps @returns {string | null} */
export function neighbour(steps) {
  const shown = found.value;
  const place = shown.findIndex((picture) => picture.id === current.value);
  return shown[Math.min(Math.max(place + steps, 0), shown.length - 1)]?.id ?? null;
}

/** The picture to go on with when these are gone. @param {ReadonlySet<string>} gone @returns {string | null} */
export function survivor(gone) {
  const shown = found.value;
  const place = Math.max(shown.findIndex((picture) => picture.id === current.value), 0);
  const after = shown.slice(place).find((picture) => !gone.has(picture.id));
  return (after ?? shown.slice(0, place).findLast((picture) => !gone.has(picture.id)))?.id ?? null;
}
