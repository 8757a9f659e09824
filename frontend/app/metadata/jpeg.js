// JPEG files: their EXIF is found, written and removed; every other segment and the pixels stay, byte for byte.

import { joined, readExif, writeExif } from "./exif.js";
import { latin1 } from "./png.js";
import { broken, FileProblem } from "./problem.js";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {import("./exif.js").Exif} Exif */
/** @typedef {{marker: number, start: number, data: number, end: number}} Segment */

const PIXELS = 0; // no marker: what follows the head of a scan
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const COMMENT = 0xfe;
const EXIF = "Exif\0\0";
const LONGEST_SEGMENT = 65_533;
const MOST_SEGMENTS = 10_000;

/** @param {Bytes} bytes */
export function isJpeg(bytes) {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** The file's EXIF, null if it has none. @param {Bytes} bytes @returns {Exif | null} */
export function readJpeg(bytes) {
  for (const segment of segmentsOf(bytes)) {
    if (isExif(bytes, segment)) return readExif(bytes.subarray(segment.data + EXIF.length, segment.end));
    if (segment.marker === SOS) return null;
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
export function writeJpeg(bytes, texts) {
  return assembled(bytes, texts, (segment) => !isExif(bytes, segment));
}

/** The file without anything that tells of it: EXIF, XMP, IPTC, comments, what follows its end. @param {Bytes} bytes */
export function stripJpeg(bytes) {
  return assembled(bytes, { comment: null, note: null }, (segment) => tellsOfLooks(bytes, segment));
}

/** @typedef {{comment: string | null, note: string | null}} Texts */

/** @param {Bytes} bytes @param {Texts} texts @param {(segment: Segment) => boolean} keep */
function assembled(bytes, texts, keep) {
  const segments = [...segmentsOf(bytes)];
  if (!segments.some(({ marker }) => marker === SOS)) throw broken("JPEG", "it has no pixels");
  const exif = exifSegment({ ...texts, orientation: orientationOf(bytes) });
  const parts = [bytes.subarray(0, 2)];
  // JFIF wants to be first, EXIF too: programs accept EXIF second.
  if (segments[0].marker !== APP0) parts.push(...exif);
  for (const [index, segment] of segments.entries()) {
    if (keep(segment)) parts.push(bytes.subarray(segment.start, segment.end));
    if (index === 0 && segment.marker === APP0) parts.push(...exif);
  }
  return parts;
}

/** @param {Exif} exif @returns {Bytes[]} one segment or none */
function exifSegment(exif) {
  const tiff = writeExif(exif);
  if (tiff === null) return [];
  const size = EXIF.length + tiff.length;
  if (size > LONGEST_SEGMENT) throw new FileProblem("These settings are too long to be written into a JPEG file.");
  const head = Uint8Array.of(0xff, APP1, (size + 2) >> 8, (size + 2) & 0xff);
  return [joined([head, new TextEncoder().encode(EXIF), tiff])];
}

/** @param {Bytes} bytes */
function orientationOf(bytes) {
  try {
    return readJpeg(bytes)?.orientation ?? 1;
  } catch {
    return 1; // EXIF that cannot be read turns nothing
  }
}

/** The colour profile and Adobe's word on the colours stay; of the APP segments these alone change how it looks. */
function tellsOfLooks(/** @type {Bytes} */ bytes, /** @type {Segment} */ { marker, data, end }) {
  if (marker === COMMENT) return false;
  if (marker === APP2) return latin1(bytes.subarray(data, Math.min(data + 12, end))) === "ICC_PROFILE\0";
  return marker < APP1 || marker > APP15 || marker === APP14;
}

/** @param {Bytes} bytes @param {Segment} segment */
function isExif(bytes, { marker, data, end }) {
  return marker === APP1 && latin1(bytes.subarray(data, Math.min(data + EXIF.length, end))) === EXIF;
}

/**
 * From behind the start marker to the end marker; pixels come as a segment of their own after each head of a scan. A
 * file that breaks off in its pixels is let through: browsers show it.
 *
 * @param {Bytes} bytes
 * @returns {Generator<Segment>}
 */
function* segmentsOf(bytes) {
  let start = 2;
  for (let count = 0; start < bytes.length; count++) {
    if (count > MOST_SEGMENTS) throw broken("JPEG", "it has too many parts");
    if (bytes[start] !== 0xff) throw broken("JPEG", "its parts do not follow one another");
    let at = start + 1;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at];
    if (marker === EOI) {
      yield { marker, start, data: at + 1, end: at + 1 };
      return;
    }
    const length = at + 2 < bytes.length ? (bytes[at + 1] << 8) | bytes[at + 2] : 0;
    const end = at + 1 + length;
    if (length < 2 || end > bytes.length) throw broken("JPEG", "it breaks off");
    yield { marker, start, data: at + 3, end };
    start = end;
    if (marker !== SOS) continue;
    start = endOfScan(bytes, end);
    yield { marker: PIXELS, start: end, data: end, end: start };
  }
}

/** Where the next marker is: in pixels, 0xff is followed by 0 or by one of the eight restart markers. */
function endOfScan(/** @type {Bytes} */ bytes, /** @type {number} */ from) {
  for (let at = from; at < bytes.length - 1; at++) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1];
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}
