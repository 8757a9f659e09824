// WebP files: their EXIF is found, written and removed; every other chunk stays as it is, byte for byte.

import { joined, readExif, writeExif } from "./exif.js";
import { latin1 } from "./png.js";
import { broken } from "./problem.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {import("./exif.js").Exif} Exif */
/** @typedef {{type: string, start: number, data: number, size: number, end: number}} Chunk */

const LOOKS = new Set(["VP8X", "ICCP", "ANIM", "ANMF", "ALPH", "VP8 ", "VP8L"]);
const HAS_ALPHA = 0x10;
const HAS_EXIF = 0x08;
const HAS_XMP = 0x04;
const MOST_CHUNKS = 100_000;

/** @param {Bytes} bytes */
export function isWebp(bytes) {
  return latin1(bytes.subarray(0, 4)) === "RIFF" && latin1(bytes.subarray(8, 12)) === "WEBP";
}

/** The file's EXIF, null if it has none. @param {Bytes} bytes @returns {Exif | null} */
export function readWebp(bytes) {
  for (const { type, data, size } of chunksOf(bytes)) {
    if (type !== "EXIF") continue;
    const body = bytes.subarray(data, data + size);
    // Some writers put JPEG's mark before it.
    return readExif(latin1(body.subarray(0, 6)) === "Exif\0\0" ? body.subarray(6) : body);
  }
  return null;
}

/**
 * The file with this EXIF in the place of any other. What of the old one turns the picture is kept.
 *
 * @param {Bytes} bytes
 * @param {{comment: string, note: string}} texts
 * @returns {Bytes[]} the file's parts
 */
export function writeWebp(bytes, texts) {
  return assembled(bytes, texts, () => true);
}

/** The file without anything that tells of it: EXIF, XMP, unknown chunks, what follows its end. @param {Bytes} bytes */
export function stripWebp(bytes) {
  return assembled(bytes, { comment: null, note: null }, ({ type }) => LOOKS.has(type));
}

/** @typedef {{comment: string | null, note: string | null}} Texts */

/** @param {Bytes} bytes @param {Texts} texts @param {(chunk: Chunk) => boolean} keep */
function assembled(bytes, texts, keep) {
  const chunks = [...chunksOf(bytes)];
  const tiff = writeExif({ ...texts, orientation: orientationOf(bytes) });
  const kept = chunks.filter((chunk) => chunk.type !== "EXIF" && chunk.type !== "VP8X" && keep(chunk));
  const flags = (tiff ? HAS_EXIF : 0) | (kept.some(({ type }) => type === "XMP ") ? HAS_XMP : 0);
  const body = kept.map(({ start, end }) => bytes.subarray(start, end));
  // EXIF comes after the pixels and before XMP.
  const place = kept.findIndex(({ type }) => type === "XMP ");
  if (tiff) body.splice(place < 0 ? body.length : place, 0, chunk("EXIF", tiff));
  const extended = chunks.find(({ type }) => type === "VP8X");
  if (extended || flags) body.unshift(chunk("VP8X", header(bytes, chunks, extended, flags)));
  const head = joined([new TextEncoder().encode("RIFF\0\0\0\0WEBP")]);
  new DataView(head.buffer).setUint32(4, body.reduce((size, part) => size + part.length, 4), true);
  return [head, ...body];
}

/** VP8X: what the file has, and its size, which a simple file tells only within its pixels. */
function header(
  /** @type {Bytes} */ bytes,
  /** @type {Chunk[]} */ chunks,
  /** @type {Chunk | undefined} */ extended,
  /** @type {number} */ flags,
) {
  if (extended) {
    if (extended.size < 10) throw broken("WebP", "its header is too short");
    const copy = bytes.slice(extended.data, extended.data + extended.size);
    copy[0] = (copy[0] & ~(HAS_EXIF | HAS_XMP)) | flags;
    return copy;
  }
  const pixels = chunks.find(({ type }) => type === "VP8 " || type === "VP8L");
  if (!pixels || pixels.size < 10) throw broken("WebP", "it has no pixels");
  const view = new DataView(bytes.buffer, bytes.byteOffset + pixels.data, pixels.size);
  const lossless = pixels.type === "VP8L";
  const bits = view.getUint32(lossless ? 1 : 6, true);
  const width = lossless ? bits & 0x3fff : (bits & 0x3fff) - 1;
  const height = lossless ? (bits >>> 14) & 0x3fff : ((bits >>> 16) & 0x3fff) - 1;
  const alpha = lossless && (bits >>> 28) & 1 ? HAS_ALPHA : 0;
  const pair = (/** @type {number} */ side) => [side & 0xff, (side >> 8) & 0xff, (side >> 16) & 0xff];
  return Uint8Array.of(flags | alpha, 0, 0, 0, ...pair(width), ...pair(height));
}

/** @param {Bytes} bytes */
function orientationOf(bytes) {
  try {
    return readWebp(bytes)?.orientation ?? 1;
  } catch {
    return 1; // EXIF that cannot be read turns nothing
  }
}

/** @param {string} type @param {Bytes} data */
function chunk(type, data) {
  const head = new TextEncoder().encode(`${type}\0\0\0\0`);
  new DataView(head.buffer).setUint32(4, data.length, true);
  return joined([head, data, new Uint8Array(data.length % 2)]);
}

/** @param {Bytes} bytes @returns {Generator<Chunk>} */
function* chunksOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = 8 + view.getUint32(4, true);
  if (whole > bytes.length) throw broken("WebP", "it breaks off");
  let start = 12;
  for (let count = 0; start < whole; count++) {
    if (count > MOST_CHUNKS) throw broken("WebP", "it has too many parts");
    const data = start + 8;
    if (data > whole) throw broken("WebP", "it breaks off");
    const size = view.getUint32(start + 4, true);
    if (data + size > whole) throw broken("WebP", "it breaks off");
    // The byte that makes an odd size even may be missing at the very end.
    const end = Math.min(data + size + (size % 2), whole);
    yield { type: latin1(bytes.subarray(start, start + 4)), start, data, size, end };
    start = end;
  }
}
