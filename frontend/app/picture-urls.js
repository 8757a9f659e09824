// The blob URLs of pictures on the stage and in the strip. The oldest are let go, so that memory does not grow.

import { effect, signal, untracked } from "../vendor/preact-signals-core/signals-core.mjs";
import { ApiError, ownProblem } from "./api.js";
import { fileOf, thumbnailOf } from "./library.js";
import { online, pictures } from "./state.js";

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
    void this.begin();
  }

  async begin() {
    const { kept } = this.picture;
    try {
      // Whoever draws the picture depends on its source alone, not on what reading it looks at.
      const blob = await untracked(() => (this.size === "full" ? fileOf(this.picture) : thumbnailOf(this.picture)));
      this.source.value = { url: URL.createObjectURL(blob), problem: null };
    } catch (error) {
      if (this.picture.kept && !kept) return void this.begin(); // fetched for somebody else meanwhile
      this.source.value = { url: null, problem: problemIn(error) };
    }
  }

  /** Goes on with what is known of the picture by now. @param {Picture} picture */
  learn(picture) {
    const fetched = picture.kept && !this.picture.kept;
    this.picture = picture;
    if (fetched) this.again();
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

// And what was fetched for somebody else, from here.
effect(() => {
  const byId = new Map(pictures.value.map((picture) => [picture.id, picture]));
  for (const reading of readings.values()) reading.learn(byId.get(reading.picture.id) ?? reading.picture);
});

/** @param {unknown} error */
function problemIn(error) {
  if (error instanceof ApiError) return error.problem;
  return ownProblem("not_kept", error instanceof Error ? error.message : "");
}

function letOldestGo() {
  const [[name, reading]] = readings;
  readings.delete(name);
  reading.end();
}
