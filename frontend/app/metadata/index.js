// Settings in picture files: written on download, read back when a picture is dropped on the page, removed on request.

import { format, parse } from "./a1111.js";
import { isJpeg, readJpeg, stripJpeg, writeJpeg } from "./jpeg.js";
import { isPng, readPng, stripPng, writePng } from "./png.js";
import { FileProblem } from "./problem.js";
import { isWebp, readWebp, stripWebp, writeWebp } from "./webp.js";

export { FileProblem };

/** @typedef {import("../types.js").Settings} Settings */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{own: string | null, text: string | null, foreign?: string, trouble?: unknown}} Found */

const LARGEST = 100_000_000;
const OWN = "sasha";
const TEXT = "parameters";
// Where other programs keep what cannot be read here, and whose it is.
const FOREIGN = new Map([
  ["workflow", "ComfyUI"],
  ["invokeai_metadata", "InvokeAI"],
  ["sd-metadata", "InvokeAI"],
]);

const PNG = {
  type: "image/png",
  is: isPng,
  /** @param {Bytes} bytes @returns {Promise<Found>} */
  read: async (bytes) => {
    const { texts, trouble } = await readPng(bytes, [OWN, TEXT, ...FOREIGN.keys()]);
    const foreign = [...FOREIGN].find(([keyword]) => texts.has(keyword))?.[1];
    return { own: texts.get(OWN) ?? null, text: texts.get(TEXT) ?? null, foreign, trouble };
  },
  /** @param {Bytes} bytes @param {string} text @param {string} own */
  write: (bytes, text, own) => writePng(bytes, [[TEXT, text], [OWN, own]]),
  strip: stripPng,
};
const JPEG = {
  type: "image/jpeg",
  is: isJpeg,
  /** @param {Bytes} bytes @returns {Promise<Found>} */
  read: async (bytes) => fromExif(readJpeg(bytes)),
  /** @param {Bytes} bytes @param {string} text @param {string} own */
  write: (bytes, text, own) => writeJpeg(bytes, { comment: text, note: own }),
  strip: stripJpeg,
};
const WEBP = {
  type: "image/webp",
  is: isWebp,
  /** @param {Bytes} bytes @returns {Promise<Found>} */
  read: async (bytes) => fromExif(readWebp(bytes)),
  /** @param {Bytes} bytes @param {string} text @param {string} own */
  write: (bytes, text, own) => writeWebp(bytes, { comment: text, note: own }),
  strip: stripWebp,
};

/**
 * The file with its settings in it: as A1111's text for other programs, and exactly, for this page. Nothing else is
 * written: a request's id would let anybody who gets the file read and erase a guest's request.
 *
 * @param {Blob} blob PNG, JPEG or WebP; anything else is a FileProblem, and so is a file that is damaged
 * @param {Settings} settings
 * @param {{model: string, seed?: number}} more the model's name, and the seed where it was drawn after the settings
 * @returns {Promise<Blob>}
 */
export async function embed(blob, settings, { model, seed = settings.seed }) {
  const { bytes, kind } = await opened(blob);
  const exact = { ...settings, seed };
  return new Blob(kind.write(bytes, format(exact, model), JSON.stringify({ version: 1, model, settings: exact })), {
    type: kind.type,
  });
}

/**
 * The file without anything that tells of it. Its pixels are the same bytes, and it lies the same way up.
 *
 * @param {Blob} blob as for embed
 * @returns {Promise<Blob>}
 */
export async function strip(blob) {
  const { bytes, kind } = await opened(blob);
  return new Blob(kind.strip(bytes), { type: kind.type });
}

/**
 * The settings that a picture's file holds: this page's own, else A1111's. The values are as they stand there: see
 * `fit` in settings.js.
 *
 * @param {Blob} blob
 * @returns {Promise<{values: Record<string, unknown>, said: string[]} | null>} null if there are none; any trouble with
 *   the file is a FileProblem
 */
export async function extract(blob) {
  const { bytes, kind } = await opened(blob);
  const { own, text, foreign, trouble } = await kind.read(bytes);
  const values = own === null ? null : exactly(own);
  if (values) return { values, said: [] };
  const read = text === null ? null : parse(text);
  if (read) return read;
  if (own !== null) throw new FileProblem("The settings in this file are damaged.");
  if (foreign) throw new FileProblem(`This picture was made with ${foreign}, whose notes cannot be read here.`);
  if (trouble) throw trouble;
  return null;
}

/** @param {import("./exif.js").Exif | null} exif @returns {Found} */
function fromExif(exif) {
  return { own: exif?.note ?? null, text: exif?.comment ?? null };
}

/** @param {string} json @returns {Record<string, unknown> | null} */
function exactly(json) {
  try {
    const { settings } = JSON.parse(json);
    return typeof settings === "object" && !Array.isArray(settings) ? settings : null;
  } catch {
    return null;
  }
}

/** The whole file. Its size is known before it is read, and nothing is reserved for what it says of itself. */
async function opened(/** @type {Blob} */ blob) {
  try {
    const head = new Uint8Array(await blob.slice(0, 16).arrayBuffer());
    const kind = [PNG, JPEG, WEBP].find(({ is }) => is(head));
    if (!kind) throw new FileProblem("This file is not a PNG, JPEG or WebP picture.");
    if (blob.size > LARGEST) throw new FileProblem("This picture is larger than 100 MB.");
    return { kind, bytes: new Uint8Array(await blob.arrayBuffer()) };
  } catch (error) {
    // A folder, a file that was moved or may not be read.
    throw error instanceof FileProblem ? error : new FileProblem("This file could not be opened.");
  }
}
