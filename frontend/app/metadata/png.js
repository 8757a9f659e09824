// PNG files: their text is found, written and removed; every other chunk stays as it is, byte for byte.

import { broken, FileProblem } from "./problem.js";
import { unpack } from "./unpack.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{type: string, start: number, data: number, end: number}} Chunk `data` to `end` - 4, then the checksum */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TEXTS = new Set(["tEXt", "zTXt", "iTXt"]);
// Beside the critical chunks (their names begin with a capital), what a picture's look, size or motion depends on.
const LOOKS = new Set(
  "tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD hIST pHYs sPLT acTL fcTL fdAT".split(" "),
);
// The longest prompts that can be asked for come to 100,000, as JSON.
const LONGEST_TEXT = 200_000;
const LONGEST_KEYWORD = 79;
// Pixels come in parts of 8 KB or more, so that this many are over a gigabyte.
const MOST_CHUNKS = 200_000;

/** @param {Bytes} bytes */
export function isPng(bytes) {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * The texts under the wanted keywords, the first of each, null for one that cannot be read; and the first trouble met.
 * What stands before a fault in the file is still read.
 *
 * @param {Bytes} bytes
 * @param {string[]} wanted
 * @returns {Promise<{texts: Map<string, string | null>, trouble: unknown}>}
 */
export async function readPng(bytes, wanted) {
  /** @type {Map<string, string | null>} */
  const texts = new Map();
  let trouble = null;
  try {
    for (const chunk of chunksOf(bytes)) {
      const keyword = keywordOf(bytes, chunk);
      if (keyword === null || !wanted.includes(keyword) || texts.has(keyword)) continue;
      texts.set(keyword, null);
      try {
        texts.set(keyword, await textOf(bytes, chunk, keyword));
      } catch (error) {
        trouble ??= error;
      }
    }
  } catch (error) {
    trouble ??= error;
  }
  return { texts, trouble };
}

/**
 * The file with these texts before its pixels, in the place of any others under the same keywords.
 *
 * @param {Bytes} bytes
 * @param {[keyword: string, text: string][]} texts
 * @returns {Bytes[]} the file's parts
 */
export function writePng(bytes, texts) {
  const keywords = texts.map(([keyword]) => keyword);
  const chunks = wholeFile(bytes);
  const kept = chunks.filter((chunk) => !keywords.includes(keywordOf(bytes, chunk) ?? ""));
  const pixels = kept.findIndex(({ type }) => type === "IDAT");
  const written = texts.map(([keyword, text]) => textChunk(keyword, text));
  const before = runs(bytes, kept.slice(0, pixels));
  return [bytes.subarray(0, SIGNATURE.length), ...before, ...written, ...runs(bytes, kept.slice(pixels))];
}

/** The file without anything that tells of it: texts, EXIF, times, what follows its end. @param {Bytes} bytes */
export function stripPng(bytes) {
  const kept = wholeFile(bytes).filter(({ type }) => /^[A-Z]/.test(type) || LOOKS.has(type));
  return [bytes.subarray(0, SIGNATURE.length), ...runs(bytes, kept)];
}

/** Chunks that follow one another as one part. @param {Bytes} bytes @param {Chunk[]} chunks */
function runs(bytes, chunks) {
  /** @type {{start: number, end: number}[]} */
  const found = [];
  for (const { start, end } of chunks) {
    const last = found.at(-1);
    if (last?.end === start) last.end = end;
    else found.push({ start, end });
  }
  return found.map(({ start, end }) => bytes.subarray(start, end));
}

/** From IHDR to IEND. A file without either, or without pixels, is a FileProblem. @param {Bytes} bytes */
function wholeFile(bytes) {
  const chunks = [...chunksOf(bytes)];
  if (!chunks.some(({ type }) => type === "IDAT")) throw broken("PNG", "it has no pixels");
  if (chunks.at(-1)?.type !== "IEND") throw broken("PNG", "its end is missing");
  return chunks;
}

/** @param {Bytes} bytes @returns {Generator<Chunk>} */
function* chunksOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = SIGNATURE.length;
  for (let count = 0; start < bytes.length; count++) {
    if (count > MOST_CHUNKS) throw broken("PNG", "it has too many parts");
    if (start + 12 > bytes.length) throw broken("PNG", "it breaks off");
    const data = start + 8;
    const end = data + view.getUint32(start) + 4;
    if (end > bytes.length) throw broken("PNG", "it breaks off");
    const type = latin1(bytes.subarray(start + 4, data));
    if (!/^[A-Za-z]{4}$/.test(type)) throw broken("PNG", "its parts do not follow one another");
    if (start === SIGNATURE.length && type !== "IHDR") throw broken("PNG", "its header is missing");
    yield { type, start, data, end };
    if (type === "IEND") return;
    start = end;
  }
}

/** What a text chunk is about; null for other chunks. @param {Bytes} bytes @param {Chunk} chunk */
function keywordOf(bytes, { type, data, end }) {
  if (!TEXTS.has(type)) return null;
  const head = bytes.subarray(data, Math.min(data + LONGEST_KEYWORD + 1, end - 4));
  const length = head.indexOf(0);
  return length < 0 ? null : latin1(head.subarray(0, length));
}

/** @param {Bytes} bytes @param {Chunk} chunk @param {string} keyword */
async function textOf(bytes, { type, start, data, end }, keyword) {
  if (end - data > LONGEST_TEXT) throw new FileProblem("The settings in this file are too large to be read.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (crc32(bytes.subarray(start + 4, end - 4)) !== view.getUint32(end - 4)) {
    throw new FileProblem("The settings in this file are damaged: their checksum is wrong.");
  }
  const body = bytes.subarray(data + keyword.length + 1, end - 4);
  if (type === "tEXt") return latin1(body);
  if (type === "zTXt") return latin1(await unpack(body.subarray(1), LONGEST_TEXT));
  // Whether it is packed, how, its language, the keyword in that language, the text.
  const language = body.indexOf(0, 2);
  const translated = language < 0 ? -1 : body.indexOf(0, language + 1);
  if (translated < 0) throw new FileProblem("The settings in this file are damaged.");
  const text = body.subarray(translated + 1);
  return new TextDecoder().decode(body[0] === 1 ? await unpack(text, LONGEST_TEXT) : text);
}

/** A text as Pillow writes it, so that others find it: tEXt where Latin-1 can hold it, else iTXt. */
function textChunk(/** @type {string} */ keyword, /** @type {string} */ text) {
  const plain = text.replaceAll("\0", "");
  const fits = /^[\x01-\xff]*$/.test(plain);
  const body = fits ? Uint8Array.from(plain, (letter) => letter.charCodeAt(0)) : new TextEncoder().encode(plain);
  const head = new TextEncoder().encode((fits ? "tEXt" : "iTXt") + keyword + (fits ? "\0" : "\0\0\0\0\0"));
  const chunk = new Uint8Array(4 + head.length + body.length + 4);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, head.length - 4 + body.length);
  chunk.set(head, 4);
  chunk.set(body, 4 + head.length);
  view.setUint32(chunk.length - 4, crc32(chunk.subarray(4, chunk.length - 4)));
  return chunk;
}

/** Each byte as the character of its number; TextDecoder's "latin1" is Windows-1252. @param {Bytes} bytes */
export function latin1(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** The checksum of PNG and zip. @param {Bytes} bytes */
export function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = CRC[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}
