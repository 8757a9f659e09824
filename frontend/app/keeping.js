// Fetching pictures and keeping them on this device. What is paid for is never lost silently: what cannot be kept is
// held in memory and said, what cannot be fetched now is on record and fetched later.

import { ApiError, ownProblem, problemOf } from "./api.js";
import { cannotKeep, couldKeep } from "./room.js";
import { key, pictures } from "./state.js";

/** @typedef {import("./api.js").Image} Image */
/** @typedef {import("./api.js").Result} Result */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./store.js").PictureFile} PictureFile */
/** @typedef {import("./store.js").Store} Store */
/**
 * What is known of whoever asked.
 * @typedef {{ settings: Settings, template: string | null, account: string | null, createdAt: number }} Asked
 */

const BEFORE_LAST_TRY_MS = 2_000;
/** Answers that mean that the server has it no more. */
export const GONE = ["not_found", "erased"];

/**
 * @param {{ api: typeof import("./api.js"), store: () => Promise<Store>, now: () => number,
 *   nap: (ms: number) => Promise<void>, thumbnail: (blob: Blob) => Promise<Blob | null>, onKept: () => void }} with_
 */
export function createKeeper({ api, store, now, nap, thumbnail, onKept }) {
  /** Files that are being fetched, by their picture's id. @type {Map<string, Promise<Blob>>} */
  const fetching = new Map();

  /**
   * Fetches a picture of a result and keeps it; gives whether it came just now. Never throws: what cannot be fetched is
   * on record, `kept` false.
   * @param {Image} image @param {Result} result @param {Asked} asked
   * @param {string | null} keyValue @param {AbortSignal} [signal]
   * @returns {Promise<"fetched" | "here" | "missing">}
   */
  async function keep(image, result, asked, keyValue, signal) {
    const picture = pictureOf(image, result, asked);
    const known = await (await store()).get("pictures", picture.id).catch(() => undefined);
    if (known) {
      if (!known.deletedAt) show([known]);
      return "here";
    }
    const blob = await fetchFresh(image, keyValue, signal);
    const file = blob && { id: picture.id, picture: blob, thumbnail: await small(blob) };
    if (!signal?.aborted) await put(picture, file);
    return file ? "fetched" : "missing";
  }

  /**
   * The bytes by the URL just told, else by the permalink, which leads to a fresh one.
   * @param {Image} image @param {string | null} keyValue @param {AbortSignal} [signal]
   */
  async function fetchFresh(image, keyValue, signal) {
    /** @type {Blob | null} */
    let blob = null;
    for (const address of [image.url, image.permalink, null, image.permalink]) {
      if (signal?.aborted) return null;
      if (address === null) {
        await nap(BEFORE_LAST_TRY_MS);
        continue;
      }
      try {
        blob = await api.getFile(address, keyValue, { signal });
        if (blob.size === image.file_size) return blob;
      } catch (error) {
        if (signal?.aborted) return null;
        if (GONE.includes(problemOf(error).code) && address === image.permalink) return null;
      }
    }
    return blob; // of another length than was told, again and again: better than none
  }

  /**
   * Writes the record with its file, shows it, and says what did not go.
   * @param {Picture} picture @param {PictureFile | null} file
   */
  async function put(picture, file) {
    const shelf = await store();
    const stored = await shelf.get("pictures", picture.id).catch(() => undefined);
    if (stored?.deletedAt) return;
    const record = { ...picture, ...stored, kept: file !== null && shelf.durable };
    try {
      await shelf.write({ pictures: { put: [record] }, ...(file && { files: { put: [file] } }) });
      if (record.kept) couldKeep();
    } catch (error) {
      if (file) shelf.hold(file);
      cannotKeep(error);
      record.kept = false;
      await shelf.write({ pictures: { put: [record] } }).catch(() => {}); // without its file there may be room
    }
    const shown = pictures.peek().find((each) => each.id === record.id);
    if (shown || !stored) show([{ ...record, ...shown, kept: record.kept }]);
    if (record.kept) onKept();
  }

  /**
   * The picture's bytes: of this device, else of the server while that has them. Throws ApiError.
   * @param {Picture} picture
   */
  async function fileOf(picture) {
    const file = await (await store()).get("files", picture.id).catch(() => undefined);
    if (file) return file.picture;
    const fetched = fetching.get(picture.id) ?? fetchAgain(picture).finally(() => fetching.delete(picture.id));
    fetching.set(picture.id, fetched);
    return fetched;
  }

  /** @param {Picture} picture */
  async function fetchAgain(picture) {
    if (isExpired(picture, now())) {
      const detail = "The server has deleted this picture, and it is not on this device.";
      throw new ApiError(ownProblem("not_found", detail, { retryable: false }));
    }
    const keyValue = keyOf(picture.account);
    if (keyValue === undefined) {
      const detail = `This picture is on the server alone: add a key of the account ${picture.account} to see it.`;
      throw new ApiError(ownProblem("missing_api_key", detail, { retryable: false }));
    }
    const blob = await api.getFile(picture.permalink, keyValue);
    const record = pictures.peek().find((each) => each.id === picture.id);
    if (record) await put(record, { id: picture.id, picture: blob, thumbnail: await small(blob) });
    return blob;
  }

  /** A small copy, else the picture itself. Throws ApiError. @param {Picture} picture */
  async function thumbnailOf(picture) {
    const shelf = await store();
    const file = await shelf.get("files", picture.id).catch(() => undefined);
    if (file?.thumbnail) return file.thumbnail;
    const blob = file?.picture ?? (await fileOf(picture));
    const kept = await shelf.get("files", picture.id).catch(() => undefined);
    const made = kept?.thumbnail ?? (await small(blob));
    if (made && file) await shelf.write({ files: { put: [{ ...file, thumbnail: made }] } }).catch(() => {});
    return made ?? blob;
  }

  /** Tries again to fetch and keep what could not be; leaves off where there is no network or no room. */
  async function catchUp() {
    const shelf = await store();
    if (!shelf.durable) return;
    for (const file of shelf.held()) {
      const picture = pictures.peek().find((each) => each.id === file.id);
      if (picture) await put(picture, file);
      if (shelf.held().some((each) => each.id === file.id)) return;
    }
    for (const picture of pictures.peek().filter((each) => !each.kept && !isExpired(each, now()))) {
      if (keyOf(picture.account) === undefined) continue;
      try {
        await fileOf(picture);
      } catch (error) {
        if (["offline", "slow"].includes(problemOf(error).code)) return;
      }
      if (shelf.held().length) return;
    }
  }

  /** @param {Blob} blob */
  const small = (blob) => thumbnail(blob).catch(() => null);

  return { keep, fileOf, thumbnailOf, catchUp };
}

/** The key of an account, null for a guest's; undefined where it is not here. @param {string | null} account */
export function keyOf(account) {
  const mine = key.peek();
  if (account === null) return null;
  return mine?.account === account ? mine.value : undefined;
}

/**
 * Whether the server has deleted its copy by itself.
 * @param {{ expiresAt: number | null }} copy @param {number} now in ms
 */
export function isExpired({ expiresAt }, now) {
  return expiresAt !== null && expiresAt <= now;
}

/**
 * The record of a picture. Cost, time and expiry are known when its request has ended.
 * @param {Image} image @param {Result} result @param {Asked} asked
 * @returns {Picture}
 */
export function pictureOf(image, result, asked) {
  const createdAt = Date.parse(result.created_at);
  return {
    id: `${result.request_id}/${image.index}`,
    requestId: result.request_id,
    index: image.index,
    createdAt: Number.isNaN(createdAt) ? asked.createdAt : createdAt,
    settings: asRun(image, result, asked.settings),
    template: asked.template,
    contentType: image.content_type,
    fileName: image.file_name,
    fileSize: image.file_size,
    width: image.width,
    height: image.height,
    permalink: image.permalink,
    account: asked.account,
    starred: false,
    kept: false,
    ...endOf(result, asked.account),
  };
}

/** What only the end tells of a picture. @param {Result} result @param {string | null} account */
export function endOf({ status, images, metrics, expires_at }, account) {
  const ended = status === "COMPLETED";
  const paid = ended && account !== null && metrics.cost !== undefined && images.length > 0;
  return {
    cost: paid ? /** @type {number} */ (metrics.cost) / images.length : null,
    took: ended ? metrics.total_time ?? null : null,
    expiresAt: expires_at === null ? null : Date.parse(expires_at),
  };
}

/**
 * The settings that make this one picture again.
 * @param {Image} image @param {Result} result @param {Settings} asked
 * @returns {Settings}
 */
function asRun(image, { parameters }, asked) {
  const run = Object.entries(parameters ?? {}).filter(([name, value]) => name in asked && value !== null);
  return { ...asked, ...Object.fromEntries(run), seed: image.seed, samples: 1 };
}

/** Shows pictures, in the place of older records of them. @param {Picture[]} those */
export function show(those) {
  const told = new Map(those.map((picture) => [picture.id, picture]));
  const all = pictures.peek().map((each) => told.get(each.id) ?? each);
  for (const { id } of all) told.delete(id);
  if (those.length) pictures.value = told.size ? [...all, ...told.values()].sort(newestFirst) : all;
}

/** Of one request, the first picture first. @param {Picture} one @param {Picture} other */
export function newestFirst(one, other) {
  return other.createdAt - one.createdAt || one.requestId.localeCompare(other.requestId) || one.index - other.index;
}
