// What can be done with what the stage shows.

import { priceOf } from "./settings.js";
import { cannotLoad, dialog, fillForm, model, notify, pictures, settings, shown } from "./state.js";
import { subject, variations } from "./showing.js";
import { literal } from "./wildcards.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./showing.js").Subject} Subject */
/** @typedef {Pick<Subject, "pictures" | "settings">} Pictures */

const MOST_SEED = 999_999_999_999_999;

/** Stars all pictures, or takes the stars away if all have one. @param {Pictures} those */
export async function star({ pictures: those }) {
  await (await import("./gallery-deeds.js").catch(cannotLoad))?.starThem(idsOf(those));
}

/** Puts all settings but the seed into the form. @param {Pictures} those */
export function remix({ settings: wanted }) {
  const samples = settings.peek()?.samples ?? wanted.samples;
  fillForm({ ...asTyped(wanted), samples, seed: -1 }, "All settings but the seed are in the form.");
}

/** Puts all settings into the form, the seed locked. @param {Pictures} those */
export function reuse({ settings: wanted }) {
  fillForm(asTyped(wanted), "All settings are in the form, the seed included.");
}

/** Puts the seed alone into the form and locks it. @param {number} seed */
export function takeSeed(seed) {
  const before = settings.peek();
  if (before) fillForm({ ...before, seed }, `Seed ${seed} is in the form, and locked.`);
}

/**
 * What the variations at most `reach` seeds away are, and what they cost.
 * @param {Pictures} those @param {number} reach
 */
export function variationsOf({ settings: wanted }, reach) {
  const most = model.value?.parameters.properties.seed?.maximum ?? MOST_SEED;
  const list = variations({ ...wanted, samples: 1 }, reach, most);
  const known = model.value;
  const dollars = known ? list.reduce((sum, each) => sum + priceOf(each, known), 0) : null;
  return { list, count: list.reduce((sum, { samples }) => sum + samples, 0), dollars };
}

/** @param {Settings[]} list */
export async function generateEach(list) {
  const loaded = await import("./jobs.js").catch(cannotLoad);
  if (!loaded) return;
  shown.value = null;
  loaded.generateAll(list);
}

/**
 * Leads to where a request's settings can be changed. The form stays as it is where it has them already.
 * @param {Settings} run @param {boolean} prompt
 */
export function edit(run, prompt) {
  const form = settings.peek();
  const wanted = asTyped(run);
  const same = form && (prompt ? form.prompt === wanted.prompt : JSON.stringify(form) === JSON.stringify(wanted));
  if (!same) fillForm(wanted, "The settings of this request are in the form.");
  const field = /** @type {HTMLElement | null} */ (document.querySelector("#panel textarea"));
  field?.focus();
}

/** Opens the code for these very settings. @param {Pictures} those */
export function showCode(those) {
  reuse(those);
  location.hash = "#/api";
}

/** @param {Pictures} those */
export async function share({ settings: wanted }) {
  const known = model.peek();
  if (!known) return;
  const sharing = await import("./share.js").catch(cannotLoad);
  if (!sharing) return;
  const address = sharing.link(asTyped(wanted), location.origin, known);
  await copy(address, "Link copied. It holds the settings: no picture, and no key.");
}

/** Saves one picture as a file, several as a zip. @param {Pictures} those @returns {Promise<void>} */
export async function download({ pictures: those }) {
  if (those.length !== 1) return (await import("./gallery-deeds.js").catch(cannotLoad))?.download(those);
  const [picture] = those;
  const loaded = await Promise.all([
    import("./library.js"), import("./archive.js"), import("./downloads.js"), import("./metadata/index.js"),
  ]).catch(cannotLoad);
  if (!loaded) return;
  const [{ fileOf }, { namesFor, save }, { asDownloaded }] = loaded;
  const name = namesFor([picture])[0];
  const file = await fileOf(picture).catch(unreadable);
  if (!file) return;
  try {
    save(await asDownloaded(file, picture), name);
  } catch (error) {
    console.warn(error);
    const action = { label: "Save it as it is", run: () => save(file, name) };
    const text = "Its settings could not be taken out of the file, so it was not saved.";
    notify(text, { kind: "bad", stays: true, action });
  }
}

/** @param {unknown} error */
function unreadable(error) {
  console.warn(error);
  const why = "it is not on this device, and the server cannot be reached or has deleted it";
  notify(`The picture's file cannot be read: ${why}.`, { kind: "bad" });
  return null;
}

/** Deletes them, with an Undo for a while; those with a star stay. @param {Pictures} those */
export async function remove({ pictures: those }) {
  const [seen, next] = [shown.peek(), neighbour(those)];
  const gone = (await import("./gallery-deeds.js").catch(cannotLoad))?.removeThem(idsOf(those)) ?? [];
  // Whoever browses goes on from there.
  if (next && seen && "picture" in seen && gone.includes(seen.picture)) shown.value = { picture: next };
}

export function details() {
  dialog.value = "details";
}

/** Shows the next older (1) or newer (-1) picture. @param {1 | -1} step */
export function browse(step) {
  const all = pictures.peek();
  const here = subject.peek()?.pictures ?? [];
  const at = all.findIndex(({ id }) => id === (step > 0 ? here.at(-1) : here[0])?.id);
  const next = here.length > 1 ? inside(here, step) : all[at < 0 ? 0 : at + step];
  if (next) shown.value = { picture: next.id };
}

/** @param {string} text @param {string} said */
export async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    notify(said);
  } catch {
    notify("The browser did not let it be copied.", { kind: "bad" });
  }
}

/** Settings that were run, as the form has to say them: there, braces would be wildcards. @param {Settings} run */
function asTyped(run) {
  return { ...run, prompt: literal(run.prompt) };
}

/** From all pictures of a request into the first or the last of them. @param {Picture[]} those @param {1 | -1} step */
function inside(those, step) {
  return step > 0 ? those[0] : those.at(-1);
}

/** The picture that takes their place on the stage. @param {Picture[]} those */
function neighbour(those) {
  const all = pictures.peek();
  const last = all.findLastIndex(({ id }) => those.some((each) => each.id === id));
  const first = all.findIndex(({ id }) => those.some((each) => each.id === id));
  return (all[last + 1] ?? all[first - 1])?.id ?? null;
}

/** @param {Picture[]} those */
function idsOf(those) {
  return those.map(({ id }) => id);
}
