// Puts pictures into one zip file, one after the other, and hands it to the visitor.

/** @typedef {import("./types.js").Picture} Picture */

/**
 * What packing needs of the page; the zip writer is loaded with the first archive.
 * @typedef {object} Sources
 * @property {(picture: Picture) => Promise<Blob>} fileOf
 * @property {(file: Blob, picture: Picture) => Promise<Blob>} prepared as it goes out, with its settings or without
 * @property {boolean} listed whether a list of all settings goes in
 * @property {(done: number, of: number) => void} [progress]
 * @property {AbortSignal} [signal]
 */

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * One file name for each picture, all different even where case is ignored, and legal on every system.
 * @param {Picture[]} pictures @returns {string[]}
 */
export function namesFor(pictures) {
  const taken = new Set();
  return pictures.map((picture) => {
    const [stem, extension] = partsOf(picture);
    let name = stem + extension;
    for (let copy = 2; taken.has(name.toLowerCase()); copy += 1) name = `${stem}-${copy}${extension}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** @param {Picture} picture @returns {[stem: string, extension: string]} */
function partsOf(picture) {
  const name = picture.fileName.replace(/[\p{Cc}<>:"/\\|?*]+/gu, "_").replace(/^[.\s]+|[.\s]+$/g, "");
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot) : `.${picture.contentType.split("/")[1]?.replace(/\W.*$/, "") || "png"}`;
  const stem = (dot > 0 ? name.slice(0, dot) : name).slice(0, 120) || `picture-${picture.settings.seed}`;
  return [RESERVED.test(stem) ? `_${stem}` : stem, extension];
}

/**
 * A zip of the pictures, each as `prepared` gives it. A picture whose file cannot be had is left out and told, and so
 * is one that cannot be prepared. Rejects only when `signal` says so or the writing itself fails.
 * @param {Picture[]} pictures @param {Sources} sources
 * @returns {Promise<{ zip: Blob, packed: Picture[], missing: Picture[], unprepared: Picture[] }>}
 */
export async function pack(pictures, { fileOf, prepared, listed, progress, signal }) {
  const { downloadZip } = await import("../vendor/client-zip/index.js");
  const names = namesFor(pictures);
  /** @type {Picture[]} */
  const packed = [];
  /** @type {Picture[]} */
  const missing = [];
  /** @type {Picture[]} */
  const unprepared = [];
  /** @type {string[]} */
  const lines = [];

  async function* entries() {
    for (const [at, picture] of pictures.entries()) {
      signal?.throwIfAborted();
      progress?.(at, pictures.length);
      const file = await fileOf(picture).catch(() => null);
      signal?.throwIfAborted();
      if (file === null) {
        missing.push(picture);
        continue;
      }
      const input = await prepared(file, picture).catch(() => null);
      if (input === null) {
        unprepared.push(picture);
        continue;
      }
      yield { name: names[at], lastModified: new Date(picture.createdAt), input };
      packed.push(picture);
      lines.push(lineOf(picture, names[at]));
    }
    progress?.(pictures.length, pictures.length);
    const list = `[\n${lines.join(",\n")}\n]\n`;
    if (listed && lines.length) yield { name: "pictures.json", lastModified: new Date(), input: list };
  }

  // Read to its end as a blob: the browser keeps that on disk when it is large.
  const zip = await downloadZip(entries()).blob();
  return { zip, packed, missing, unprepared };
}

/**
 * Without the request's id: whoever is given the archive could erase a guest's request with it.
 * @param {Picture} picture @param {string} file
 */
function lineOf({ createdAt, settings, template, starred }, file) {
  const made = new Date(createdAt).toISOString();
  return JSON.stringify({ file, made, settings, ...(template === null ? {} : { template }), starred });
}

/** The archive's own name, with the day on it. @param {number} now */
export function archiveName(now) {
  const at = new Date(now);
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0"));
  return `sasha-${parts.join("-")}.zip`;
}

/** Lets the browser save `blob`. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download reads the address after this call; a minute is long past that.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
