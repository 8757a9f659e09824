// Whether this browser keeps what it is given, and how much room there is.

import { notify, storage } from "./state.js";
import { StorageFull } from "./store.js";

/** @typedef {import("./store.js").Store} Store */

const FULL =
  "This browser has no more room. New pictures are here until you close the page: download them, or delete others.";
const REFUSED =
  "This browser keeps nothing, as in a private window. Pictures are here until you close the page: download them.";

/** Tells once, in words, that nothing can be kept here. @param {Store} store */
export function noteDurability(store) {
  if (!store.durable) cannotKeep(new Error(REFUSED));
}

/** Something could not be kept: the page says so, and goes on with what it has in memory. @param {unknown} error */
export function cannotKeep(error) {
  const before = storage.peek();
  const full = error instanceof StorageFull;
  if (full ? before.full : !before.works) return;
  storage.value = full ? { ...before, full: true } : { ...before, works: false };
  notify(full ? FULL : REFUSED, { kind: "bad", stays: true });
}

/** A file could be kept (again). */
export function couldKeep() {
  if (storage.peek().full || !storage.peek().works) storage.value = { ...storage.peek(), full: false, works: true };
}

/** Asks the browser how much room there is, where it tells. */
export async function refreshStorage() {
  const manager = globalThis.navigator?.storage;
  try {
    const [{ usage = 0, quota = 0 }, persisted] = await Promise.all([manager.estimate(), manager.persisted()]);
    storage.value = { ...storage.peek(), usage, quota, persisted };
  } catch {
    // It does not tell.
  }
}

/** Asks the browser once not to throw pictures away when the disk is short of room. */
export async function askToPersist() {
  try {
    if (localStorage.getItem("sasha.persist")) return;
    localStorage.setItem("sasha.persist", "asked");
    const persisted = await navigator.storage.persist();
    storage.value = { ...storage.peek(), persisted };
  } catch {
    // It keeps what it keeps.
  }
}
