// EXIF: a comment anyone reads, a note of our own, and which way is up. Written and read as little TIFF files.

import { FileProblem } from "./problem.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{comment: string | null, note: string | null, orientation: number}} Exif orientation 1 (upright) to 8 */

const ORIENTATION = 0x0112;
const EXIF_IFD = 0x8769;
const MAKER_NOTE = 0x927c;
const USER_COMMENT = 0x9286;
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
// EXIF's place for what is the maker's own. It begins with who that is.
const MAKER = "Sasha\0";

/**
 * As A1111 writes it (by piexif): big-endian, the comment as "UNICODE" and UTF-16BE. Nulls and an upright
 * orientation are left out.
 *
 * @param {Exif} exif
 * @returns {Bytes | null} null where there is nothing to say
 */
export function writeExif({ comment, note, orientation }) {
  const inner = [];
  if (note !== null) inner.push({ tag: MAKER_NOTE, type: UNDEFINED, value: new TextEncoder().encode(MAKER + note) });
  if (comment !== null) inner.push({ tag: USER_COMMENT, type: UNDEFINED, value: unicode(comment) });
  const outer = [];
  if (orientation !== 1) outer.push({ tag: ORIENTATION, type: SHORT, value: Uint8Array.of(0, orientation) });
  if (inner.length) {
    const start = 8 + 2 + 12 * (outer.length + 1) + 4;
    outer.push({ tag: EXIF_IFD, type: LONG, value: Uint8Array.of(0, 0, 0, start) });
    return joined([Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8), directory(outer, 8), directory(inner, start)]);
  }
  return outer.length ? joined([Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8), directory(outer, 8)]) : null;
}

/** One directory of fields, at `start` in the file; values of more than 4 bytes follow it. */
function directory(/** @type {{tag: number, type: number, value: Bytes}[]} */ fields, /** @type {number} */ start) {
  const head = new Uint8Array(2 + 12 * fields.length + 4);
  const view = new DataView(head.buffer);
  const after = [];
  let end = start + head.length;
  view.setUint16(0, fields.length);
  for (const [index, { tag, type, value }] of fields.entries()) {
    const at = 2 + 12 * index;
    view.setUint16(at, tag);
    view.setUint16(at + 2, type);
    view.setUint32(at + 4, value.length / SIZES[type]);
    if (value.length <= 4) head.set(value, at + 8);
    else {
      view.setUint32(at + 8, end);
      after.push(value);
      end += value.length;
    }
  }
  return joined([head, ...after]);
}

/**
 * Either byte order. Two directories are read, once each, so that no chain or loop can be long.
 *
 * @param {Bytes} tiff
 * @returns {Exif}
 */
export function readExif(tiff) {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = tiff.length >= 8 ? view.getUint16(0) : 0;
  if (order !== 0x4d4d && order !== 0x4949) throw new FileProblem("The EXIF in this file is damaged.");
  const little = order === 0x4949;
  const outer = fields(view, view.getUint32(4, little), little);
  const pointer = outer.get(EXIF_IFD);
  const inner = pointer ? fields(view, view.getUint32(pointer.at, little), little) : new Map();
  /** @param {{at: number, size: number} | undefined} field */
  const value = (field) => (field ? tiff.subarray(field.at, field.at + field.size) : null);
  const turned = outer.get(ORIENTATION);
  const orientation = turned && turned.size >= 2 ? view.getUint16(turned.at, little) : 1;
  const note = value(inner.get(MAKER_NOTE));
  const own = note && new TextDecoder().decode(note);
  const comment = value(inner.get(USER_COMMENT));
  return {
    comment: comment && commentOf(comment, little),
    note: own?.startsWith(MAKER) ? own.slice(MAKER.length) : null,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
  };
}

/** Where each field's value lies. A field whose value is not in the file is not there. */
function fields(/** @type {DataView} */ view, /** @type {number} */ start, /** @type {boolean} */ little) {
  /** @type {Map<number, {at: number, size: number}>} */
  const found = new Map();
  if (start + 2 > view.byteLength) return found;
  const count = view.getUint16(start, little);
  for (let entry = start + 2; entry < start + 2 + 12 * count && entry + 12 <= view.byteLength; entry += 12) {
    const size = (SIZES[view.getUint16(entry + 2, little)] ?? 0) * view.getUint32(entry + 4, little);
    const at = size <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
    if (size > 0 && at + size <= view.byteLength) found.set(view.getUint16(entry, little), { at, size });
  }
  // A pointer is followed only if it is one number.
  if (found.get(EXIF_IFD)?.size !== 4) found.delete(EXIF_IFD);
  return found;
}

/** EXIF's four codes, each named in 8 bytes. @param {Bytes} value @param {boolean} little the file's byte order */
function commentOf(value, little) {
  const code = String.fromCharCode(...value.subarray(0, 8)).replace(/[\0 ]+$/, "");
  const text = value.subarray(8);
  if (code === "UNICODE") return trimmed(utf16(text, little));
  return trimmed(new TextDecoder(code === "JIS" ? "shift_jis" : "utf-8").decode(text));
}

/**
 * The standard does not say in which byte order: A1111 writes big-endian whatever the file's is, others the file's,
 * some UTF-8. Settings always have a word in ASCII, which shows which one it is.
 */
function utf16(/** @type {Bytes} */ text, /** @type {boolean} */ little) {
  const readings = ["utf-16be", "utf-16le", "utf-8"].map((name) => new TextDecoder(name).decode(text));
  return readings.find((reading) => /Steps: |Sampler: |Seed: /.test(reading)) ?? readings[little ? 1 : 0];
}

/** @param {string} text */
function unicode(text) {
  const bytes = new Uint8Array(8 + 2 * text.length);
  bytes.set(new TextEncoder().encode("UNICODE\0"));
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) view.setUint16(8 + 2 * index, text.charCodeAt(index));
  return bytes;
}

/** @param {string} text */
function trimmed(text) {
  return text.replace(/\0+$/, "");
}

/** @param {Bytes[]} parts */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
