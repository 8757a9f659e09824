// Unpacks zlib data from files that nobody vouches for: a few KB can claim to be gigabytes.

import { FileProblem } from "./problem.js";

// Deflate packs 1,032 to 1 at best, so that one bite becomes half a megabyte at most before its size is looked at.
const BITE = 512;

/**
 * @param {Uint8Array<ArrayBuffer>} packed
 * @param {number} most bytes that are wanted at most
 */
export async function unpack(packed, most) {
  let at = 0;
  const bites = new ReadableStream({
    pull(controller) {
      if (at >= packed.length) return controller.close();
      controller.enqueue(packed.subarray(at, at + BITE));
      at += BITE;
    },
  });
  const reader = bites.pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts = [];
  let size = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > most) throw new FileProblem("The settings in this file are too large to be read.");
      parts.push(next.value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error instanceof FileProblem ? error : new FileProblem("The settings in this file are damaged.");
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
