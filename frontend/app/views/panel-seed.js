// What is done with a seed: drawn, kept, varied.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { promptCount, put } from "../form.js";
import { asDollars, check, drawSeed, priceOf } from "../settings.js";
import { subject } from "../showing.js";
import { allowance, key, model, settings } from "../state.js";
import { generate } from "./panel-generate.js";

const RANDOM = -1;
const AROUND = [-2, -1, 1, 2];
const MOST_AT_ONCE = 24;

/** The seed that was unlocked last, so that locking again brings it back. */
let unlocked = RANDOM;

/** A new seed, kept until it is let go. */
export function draw() {
  put({ seed: drawSeed() });
}

/** Keeps the seed, or lets it go. A random one is kept as that of the picture on the stage, else drawn. */
export function lock() {
  const seed = settings.peek()?.seed ?? RANDOM;
  if (seed !== RANDOM) {
    unlocked = seed;
    put({ seed: RANDOM });
  } else {
    put({ seed: unlocked >= 0 ? unlocked : (subject.peek()?.pictures[0]?.settings.seed ?? drawSeed()) });
    unlocked = RANDOM;
  }
}

/** The menu: a step to the neighbouring seeds, or pictures of the four around at once. */
export function variations() {
  const values = settings.value;
  const known = model.value;
  if (!values || !known) return nothing;
  const seeds = AROUND.map((step) => values.seed + step).filter(isLegal);
  const count = seeds.length * promptCount.value;
  const free = (allowance.value.freeImagesLeft ?? 0) >= count ? "free" : "";
  const price = key.value ? asDollars(priceOf({ ...values, samples: 1 }, known, count)) : free;
  const step = (/** @type {number} */ by) => html`
    <button class="button" type="button" ?disabled=${!isLegal(values.seed + by)} @click=${() => move(values.seed + by)}>
      ${by > 0 ? "Next" : "Previous"} seed
    </button>`;
  const all = html`
    <button class="button" type="button" @click=${() => makeAll(seeds)}>
      ${count} pictures around it ${price && `· ${price}`}
    </button>`;
  return html`<div class="stack">
    <p class="small muted">Neighbouring seeds make other pictures of the same words, and are easy to find again.</p>
    <div class="row">${step(-1)} ${step(1)}</div>
    ${seeds.length > 0 && count <= MOST_AT_ONCE ? all : nothing}
  </div>`;
}

/** @param {number} seed */
function isLegal(seed) {
  const known = model.peek();
  const values = settings.peek();
  return seed >= 0 && known !== null && values !== null && !check({ ...values, samples: 1, seed }, known).seed;
}

/** @param {number} seed */
function move(seed) {
  put({ seed });
}

/** @param {number[]} seeds */
async function makeAll(seeds) {
  document.getElementById("seed-menu")?.hidePopover();
  const values = settings.peek();
  if (values) await generate({ ...values, samples: 1 }, seeds);
}
