// What can be done with pictures of the gallery: opened on the stage, starred, deleted, saved.

import { batch, signal } from "../vendor/preact-signals-core/signals-core.mjs";
import { archiveName, pack, save } from "./archive.js";
import { asDownloaded, settingsGoIn } from "./downloads.js";
import { fileOf, remove, star } from "./library.js";
import { chosen } from "./selection.js";
import { announce, cannotLoad, notify, pictures, route, shown } from "./state.js";

/** @typedef {import("./types.js").Picture} Picture */

/** An archive on its way; null when there is none. */
export const packing = signal(/** @type {{ done: number, of: number, stop: () => void } | null} */ (null));

/** The picture that was opened last, so that coming back leads to it. */
export const opened = signal(/** @type {string | null} */ (null));

/** @param {readonly Picture[]} those */
export function idsOf(those) {
  return those.map((picture) => picture.id);
}

/** "1 picture", "1,200 pictures". @param {number} count */
export function counted(count) {
  return `${count.toLocaleString("en")} ${count === 1 ? "picture" : "pictures"}`;
}

/** Shows a picture on the stage. @param {string} id */
export function open(id) {
  batch(() => {
    shown.value = { picture: id };
    opened.value = id;
    route.value = "create"; // at once, since the browser tells of its new address only later
  });
  location.hash = "#/create";
  // What had the focus is no longer there.
  document.getElementById("stage")?.focus({ preventScroll: true });
}

/** Stars them, or takes the stars away if all have one. @param {string[]} [ids] */
export async function starThem(ids = idsOf(chosen.value)) {
  const wanted = new Set(ids);
  const those = pictures.value.filter((picture) => wanted.has(picture.id));
  const on = !those.every((picture) => picture.starred);
  const changing = those.filter((picture) => picture.starred !== on);
  await star(idsOf(changing), on);
  announce(`${counted(changing.length)} ${on ? "starred" : "no longer starred"}`);
}

/**
 * Deletes those without a star, with an Undo for a while; the library says what goes and what stays.
 * @param {string[]} ids
 * @returns {string[]} those that went
 */
export function removeThem(ids) {
  const wanted = new Set(ids);
  const going = pictures.value.filter((picture) => wanted.has(picture.id) && !picture.starred);
  // Not waited for: it ends when the undo has passed.
  if (wanted.size > 0) void remove(ids);
  return idsOf(going);
}

/** Saves one picture as itself, several as a zip. @param {readonly Picture[]} those @returns {Promise<void>} */
export async function download(those) {
  if (packing.value || those.length === 0) return;
  if (those.length === 1) {
    const stage = await import("./picture-deeds.js").catch(cannotLoad);
    return stage?.download({ pictures: [...those], settings: those[0].settings });
  }
  const stopper = new AbortController();
  const stop = () => stopper.abort();
  packing.value = { done: 0, of: those.length, stop };
  try {
    if (!(await import("./metadata/index.js").catch(cannotLoad))) return;
    const listed = settingsGoIn();
    const { zip, packed, missing, unprepared } = await pack([...those], {
      fileOf, listed, prepared: (file, picture) => asDownloaded(file, picture, listed), signal: stopper.signal,
      progress: (done, of) => (packing.value = { done, of, stop }),
    });
    if (packed.length > 0) save(zip, archiveName(Date.now()));
    sayPacked(packed.length, missing.length, unprepared.length);
  } catch (error) {
    if (stopper.signal.aborted) return;
    console.warn(error);
    notify("The archive could not be made. Choose fewer pictures, or make room on this device.", { kind: "bad" });
  } finally {
    packing.value = null;
  }
}

/** @param {number} packed @param {number} missing @param {number} telling of their settings, which stay in the file */
function sayPacked(packed, missing, telling) {
  const left = missing + telling;
  if (left === 0) return announce(`${counted(packed)} saved in one file`);
  const why = [
    missing && "not on this device, and the server cannot be reached or has deleted them",
    telling && "their settings cannot be taken out of the file",
  ].filter(Boolean).join("; or ");
  const what = packed === 0 ? "None of these pictures can be saved" : `${counted(packed)} saved, ${left} left out`;
  notify(`${what}: ${why}.`, { kind: "bad", stays: true });
}
