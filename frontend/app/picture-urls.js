// The blob URLs of pictures on the stage and in the strip. The oldest are let go, so that memory does not grow.

import { effect, signal, untracked } from "../vendor/preact-signals-core/signals-core.mjs";
import { ApiError } from "./api.js";
import { fileOf, thumbnailOf } from "./library.js";
import { failureProblem } from "./problems.js";
import { online } from "./state.js";

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {"full" | "small"} Size */
/** @typedef {{url: string | null, problem: Problem | null}} Source both null while it is being read */

const MOST = 80;
const READING = { url: null, problem: null };

class Reading {
  source = signal(/** @type {Source} */ (READING));

  /** @param {Picture} picture @param {Size} size */
  constructor(picture, size) {
    this.picture = picture;
    this.size = size;
    // Whoever draws the picture depends on its source alone, not on what reading it looks at.
    void untracked(() => this.begin());
  }

  async begin() {
    try {
      const blob = await (this.size === "full" ? fileOf(this.picture) : thumbnailOf(this.picture));
      this.source.value = { url: URL.createObjectURL(blob), problem: null };
    } catch (error) {
      this.source.value = { url: null, problem: problemIn(error) };
    }
  }

  again() {
    if (!this.source.peek().problem) return;
    this.source.value = READING;
    void this.begin();
  }

  end() {
    const { url } = this.source.peek();
    if (url) URL.revokeObjectURL(url);
  }
}

/** In the order of their last use. @type {Map<string, Reading>} */
const readings = new Map();

/**
 * Where an <img> finds the picture; changes when it was read.
 * @param {Picture} picture @param {Size} size
 * @returns {Source}
 */
export function sourceOf(picture, size) {
  const name = `${size} ${picture.id}`;
  const reading = readings.get(name) ?? new Reading(picture, size);
  readings.delete(name);
  readings.set(name, reading);
  if (readings.size > MOST) letOldestGo();
  // Meanwhile it was fetched for somebody else.
  if (picture.kept && !reading.picture.kept) queueMicrotask(() => reading.again());
  reading.picture = picture;
  return reading.source.value;
}

/** Reads a picture once more, after a problem. @param {Picture} picture */
export function readAgain(picture) {
  for (const reading of readings.values()) if (reading.picture.id === picture.id) reading.again();
}

// What could not be fetched is tried again when the network is back.
effect(() => {
  if (online.value) for (const reading of readings.values()) reading.again();
});

/** @param {unknown} error */
function problemIn(error) {
  if (error instanceof ApiError) return error.problem;
  return failureProblem({ code: "not_kept", detail: error instanceof Error ? error.message : "" });
}

function letOldestGo() {
  const [[name, reading]] = readings;
  readings.delete(name);
  reading.end();
}
