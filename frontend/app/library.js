// The pictures of this device: kept, starred, deleted with an undo, fetched again; and clearing it all.

import { browser } from "./browser.js";
import { createErasures, erasureOf } from "./erasures.js";
import { createKeeper, endOf, newestFirst, show } from "./keeping.js";
import { forgetKey } from "./account.js";
import { counted } from "./job-words.js";
import { cannotKeep, noteDurability, refreshStorage } from "./room.js";
import { dismiss, jobs, notify, pictures, shown, storage } from "./state.js";

/** @typedef {import("./api.js").Result} Result */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./erasures.js").Request} Request */
/** @typedef {import("./store.js").News} News */
/** @typedef {import("./store.js").StoredPicture} StoredPicture */
/** @typedef {ReturnType<typeof createLibrary>} Library */

export const UNDO_MS = 8_000;
const MOST_PROMPTS = 200;

/** @param {typeof browser} with_ */
export function createLibrary(with_) {
  const { store, now, later } = with_;
  const erasures = createErasures(with_);
  const keeper = createKeeper(with_);
  /** @type {Promise<void> | undefined} */
  let loaded;
  /** What this page deleted, while that can be undone. @type {Map<string, StoredPicture>} */
  const leaving = new Map();

  /** Shows what is kept, and goes on with what an earlier visit left to do. Once. */
  function load() {
    return (loaded ??= start());
  }

  async function start() {
    const shelf = await store();
    noteDurability(shelf);
    shelf.onChange(heard);
    const rows = await shelf.all("pictures").catch((error) => (cannotKeep(error), []));
    const here = new Set(pictures.peek().map((picture) => picture.id));
    const kept = rows.filter((row) => !row.deletedAt && !here.has(row.id));
    pictures.value = [...pictures.peek(), ...kept].sort(newestFirst);
    for (const [deletedAt, ids] of byDeletion(rows)) {
      // Another tab may be showing its undo; a clock that was put back must not keep them for ever.
      void later(Math.min(Math.max(deletedAt + UNDO_MS - now(), 0), UNDO_MS)).then(() => finish(ids));
    }
    void refreshStorage();
    tend();
  }

  /** What waits for a network, a key or for room: erasures, and pictures that are on the server alone. */
  function tend() {
    void erasures.run();
    void keeper.catchUp();
  }

  /** @param {News} news */
  function heard(news) {
    if ("cleared" in news) {
      pictures.value = [];
      leaving.clear();
      shown.value = null;
      forgetKey();
      return with_.forgetVisit();
    }
    const { put = [], remove = [] } = news.change.pictures ?? {};
    const gone = new Set([...remove, ...put.filter((picture) => picture.deletedAt).map((picture) => picture.id)]);
    if (gone.size) hide(gone);
    for (const id of remove) leaving.delete(id);
    show(put.filter((picture) => !gone.has(picture.id)));
  }

  /** Tells the pictures of a request what only its end tells. @param {Result} result @param {string | null} account */
  async function settle(result, account) {
    const shelf = await store();
    const ids = result.images.map(({ index }) => `${result.request_id}/${index}`);
    const end = endOf(result, account);
    show(pictures.peek().filter(({ id }) => ids.includes(id)).map((picture) => ({ ...picture, ...end })));
    for (const [id, picture] of leaving) if (ids.includes(id)) leaving.set(id, { ...picture, ...end });
    const rows = await Promise.all(ids.map((id) => shelf.get("pictures", id).catch(() => undefined)));
    await save(rows.flatMap((row) => (row ? [{ ...row, ...end }] : [])));
  }

  /**
   * Deletes pictures, but for the starred: gone at once, back by Undo, and erased here and on the server when that
   * has passed.
   * @param {string[]} ids
   */
  async function remove(ids) {
    const wanted = new Set(ids);
    const chosen = pictures.peek().filter((picture) => wanted.has(picture.id));
    const going = chosen.filter((picture) => !picture.starred);
    const stay = chosen.length - going.length;
    const starred = stay === 1 ? "A starred picture is protected." : `${stay} starred pictures are protected.`;
    if (!going.length) return void (stay && notify(`${starred} Take the star away first.`));
    const gone = new Set(going.map((picture) => picture.id));
    hide(gone);
    const rows = going.map((picture) => ({ ...picture, deletedAt: now() }));
    for (const row of rows) leaving.set(row.id, row);
    await save(rows); // what is told is on record: the page may be closed then
    const undo = { label: "Undo", run: () => void restore([...gone]) };
    const text = `${counted(going.length, "picture")} deleted.${stay ? ` ${starred}` : ""}`;
    const notice = notify(text, { stays: true, action: undo });
    await later(UNDO_MS);
    dismiss(notice);
    await finish([...gone]);
  }

  /**
   * Takes deletions back while they can be. They are seen again at once: what is seen is not finished meanwhile.
   * @param {string[]} ids
   */
  async function restore(ids) {
    const back = ids.flatMap((id) => leaving.get(id) ?? []).map(({ deletedAt: _, ...picture }) => picture);
    for (const { id } of back) leaving.delete(id);
    show(back);
    await save(back);
  }

  /** The undo has passed: what is still deleted goes for good. @param {string[]} ids */
  async function finish(ids) {
    const shelf = await store();
    const rows = await Promise.all(ids.map((id) => leaving.get(id) ?? shelf.get("pictures", id)));
    const back = new Set(pictures.peek().map((picture) => picture.id));
    const going = rows.flatMap((row) => (row?.deletedAt && !back.has(row.id) ? [row] : []));
    if (!going.length) return;
    const gone = going.map((picture) => picture.id);
    for (const id of gone) leaving.delete(id);
    const removal = { pictures: { remove: gone }, files: { remove: gone } };
    const owed = { erasures: { put: going.map(erasureOf) } };
    // In one step, so that no death in between forgets the server's copy; unless there is no room for the list either.
    await shelf.write({ ...owed, ...removal }).catch(() => shelf.write(removal).then(() => shelf.write(owed)));
    void refreshStorage();
    tend();
  }

  /** Gives them a star, or takes it away. @param {string[]} ids @param {boolean} on */
  async function star(ids, on) {
    const wanted = new Set(ids);
    const changing = pictures.peek().filter((picture) => wanted.has(picture.id) && picture.starred !== on);
    const changed = changing.map((picture) => ({ ...picture, starred: on }));
    show(changed);
    await save(changed);
  }

  function removeAllButStarred() {
    return remove(pictures.peek().filter((picture) => !picture.starred).map((picture) => picture.id));
  }

  /**
   * Takes a request of the server's history to this device; its pictures may be the first here. Gives their ids, and
   * what came of each. Throws ApiError.
   * @param {Result | import("./api.js").Summary} told @param {string | null} account whose it is
   * @param {string | null} keyValue
   */
  async function keepRequest(told, account, keyValue) {
    with_.noteUse();
    await load();
    const result = "parameters" in told ? told : await with_.api.getRequest(told.request_id, keyValue);
    const asked = { settings: settingsOf(result), template: null, account, createdAt: now() };
    const outcomes = await Promise.all(result.images.map((image) => keeper.keep(image, result, asked, keyValue)));
    return { ids: result.images.map(({ index }) => `${result.request_id}/${index}`), outcomes };
  }

  /** @param {string} prompt */
  async function rememberPrompt(prompt) {
    try {
      const shelf = await store();
      const old = (await prompts()).filter((each) => each !== prompt).slice(MOST_PROMPTS - 1);
      await shelf.write({ prompts: { put: [{ id: prompt, usedAt: now() }], remove: old } });
    } catch (error) {
      cannotKeep(error);
    }
  }

  /** The prompts that were used, the latest first. */
  async function prompts() {
    const rows = await (await store()).all("prompts");
    return rows.sort((one, other) => other.usedAt - one.usedAt).map((row) => row.id);
  }

  /**
   * Forgets everything on this device, and says so. The server's copies stay until they expire, unless `erase`: if one
   * of them cannot be erased, nothing is forgotten yet, false is the answer, and a notice offers to go on without.
   * @param {{ erase?: boolean }} [how]
   */
  async function clearDevice({ erase = false } = {}) {
    try {
      await load();
      const left = erase ? await erasures.eraseRequests(await requestsHere()) : null;
      if (left) {
        const action = { label: "Clear this device anyway", run: () => void clearDevice() };
        notify(`${left} Nothing is cleared yet.`, { kind: "bad", stays: true, action });
        return false;
      }
      await clear();
      return true;
    } catch (error) {
      console.warn(error);
      notify("Not everything could be deleted. Close the page’s other tabs and try again.", { kind: "bad" });
      return false;
    }
  }

  async function clear() {
    const owed = await lastErasures();
    await (await store()).clear();
    await with_.forgetSite();
    storage.value = { ...storage.peek(), full: false };
    void refreshStorage();
    notify("This device is cleared.");
    if (!owed) return;
    const text = `The server still has ${counted(owed, "deleted picture")}, until it deletes them by itself.`;
    notify(text, { stays: true });
  }

  /** Does what was put off until an undo has passed, or a network is there. Gives how many the server still has. */
  async function lastErasures() {
    try {
      const shelf = await store();
      const deleted = (await shelf.all("pictures")).filter((row) => row.deletedAt);
      await finish([...new Set([...deleted.map((row) => row.id), ...leaving.keys()])]);
      await erasures.run();
      return (await shelf.all("erasures")).length;
    } catch (error) {
      cannotKeep(error); // what cannot be read can still be cleared
      return 0;
    }
  }

  /** What this device knows of each request, by its id. @returns {Promise<Map<string, Request>>} */
  async function requestsHere() {
    const stored = await (await store()).all("jobs").catch(() => []);
    const asked = [...stored, ...jobs.peek()].map((job) => ({ ...job, expiresAt: null }));
    const known = [...asked, ...pictures.peek()];
    return new Map(known.flatMap((each) => (each.requestId ? [[each.requestId, each]] : [])));
  }

  /** @param {Set<string>} gone */
  function hide(gone) {
    pictures.value = pictures.peek().filter((picture) => !gone.has(picture.id));
    const seen = shown.peek();
    if (seen && "picture" in seen && gone.has(seen.picture)) shown.value = null;
  }

  /** @param {StoredPicture[]} rows */
  async function save(rows) {
    if (!rows.length) return;
    await (await store()).write({ pictures: { put: rows } }).catch(cannotKeep);
  }

  return {
    load, tend, settle, remove, restore, star, removeAllButStarred, keepRequest, rememberPrompt, prompts, clearDevice,
    refreshStorage, keep: keeper.keep, fileOf: keeper.fileOf, thumbnailOf: keeper.thumbnailOf,
  };
}

/** @param {StoredPicture[]} rows @returns {Map<number, string[]>} ids by when they were deleted */
function byDeletion(rows) {
  /** @type {Map<number, string[]>} */
  const deleted = new Map();
  for (const { id, deletedAt } of rows) if (deletedAt) deleted.set(deletedAt, [...(deleted.get(deletedAt) ?? []), id]);
  return deleted;
}

/** As far as the server still has them. @param {Result} result @returns {import("./types.js").Settings} */
function settingsOf({ parameters }) {
  const { base64: _, ...run } = /** @type {any} */ (parameters ?? {});
  return { prompt: "", negative_prompt: "", lora_scale: null, ...run };
}

export const library = createLibrary(browser);
export const {
  remove, restore, star, removeAllButStarred, keepRequest, rememberPrompt, prompts, clearDevice, fileOf, thumbnailOf,
} = library;
export { refreshStorage };
