// One picture of the gallery. Its small copy is read when it comes near the window and let go when it leaves.

import { html, noChange } from "../../vendor/lit-html/lit-html.js";
import { Directive, directive } from "../../vendor/lit-html/directive.js";
import { effect } from "../../vendor/preact-signals-core/signals-core.mjs";
import { altOf, brief } from "../job-words.js";
import { isExpired } from "../keeping.js";
import { thumbnailOf } from "../library.js";
import { online } from "../state.js";

/** @typedef {import("../types.js").Picture} Picture */

const LONGEST_CAPTION = 120;

/**
 * @param {import("../rows.js").Place} place
 * @param {{ of: number, nth: number, count: number, chosen: boolean, current: boolean, now: number }} facts
 *   `of`: the pictures of its request; `nth` and `count`: its place in its day
 */
export function galleryItem({ picture, x, y, width, height }, { of, nth, count, chosen, current, now }) {
  const name = altOf(picture, of);
  const gone = !picture.kept && isExpired(picture, now);
  // Few elements, since many are drawn at once: the words over a picture and its star are CSS's.
  return html`
    <li class="item" data-id=${picture.id} aria-posinset=${nth} aria-setsize=${count} ?data-chosen=${chosen}
      ?data-gone=${gone} ${placed(x, y, width, height)} ${shownWhileNear(picture, gone)}>
      <button type="button" class="open" tabindex=${current ? 0 : -1}
        data-caption=${brief(picture.settings.prompt, LONGEST_CAPTION)}>
        ${gone ? instead(name) : html`<img alt=${name} decoding="async" draggable="false">`}
      </button>
      <input type="checkbox" class="pick" tabindex="-1" .checked=${chosen} aria-label="Select ${name}">
      <button type="button" class="star" tabindex="-1" aria-pressed=${picture.starred ? "true" : "false"}
        aria-label="Star ${name}"></button>
    </li>
  `;
}

/** @param {string} name */
function instead(name) {
  return html`
    <span class="visually-hidden">${name}.</span>
    <span>Expired<span class="long">: the server deleted it, and it was not kept here</span></span>
  `;
}

/** @type {WeakMap<Element, { picture: Picture, near: boolean, url: string | null }>} */
const places = new WeakMap();
/** @type {Set<Element>} */
const failed = new Set();

// What is drawn at all is near. An element that is removed is told of as leaving, so nothing is held for long.
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) void show(target);
      else hide(target);
    }
  },
  { rootMargin: "150% 0px" },
);

/** @param {Element} element */
async function show(element) {
  const place = places.get(element);
  if (!place || place.url) return;
  place.near = true;
  const { picture } = place;
  const blob = await thumbnailOf(picture).catch(() => null);
  if (!place.near || place.picture.id !== picture.id || place.url) return; // another record of it is still it
  const image = element.querySelector("img");
  if (!image) return;
  element.toggleAttribute("data-failed", blob === null);
  if (blob === null) return void failed.add(element);
  failed.delete(element);
  place.url = URL.createObjectURL(blob);
  image.src = place.url;
}

/** @param {Element} element */
function hide(element) {
  const place = places.get(element);
  failed.delete(element);
  if (!place) return;
  place.near = false;
  if (!place.url) return;
  URL.revokeObjectURL(place.url);
  place.url = null;
  element.querySelector("img")?.removeAttribute("src");
}

// What could not be fetched is tried again when the network is back.
effect(() => {
  if (online.value) for (const element of failed) void show(element);
});

class ShownWhileNear extends Directive {
  /** @param {Picture} _picture @param {boolean} _gone */
  render(_picture, _gone) {
    return noChange;
  }

  /**
   * @override
   * @param {import("../../vendor/lit-html/directive.js").ElementPart} part
   * @param {[Picture, boolean]} values
   */
  update(part, [picture, gone]) {
    const element = /** @type {HTMLElement} */ (part.element);
    const known = places.get(element);
    if (known) {
      const { kept } = known.picture;
      known.picture = picture;
      if (known.near && kept !== picture.kept) void show(element);
      return noChange;
    }
    places.set(element, { picture, near: false, url: null });
    if (!gone) near.observe(element);
    return noChange;
  }
}

const shownWhileNear = directive(ShownWhileNear);

/** Where it lies, in pixels. Not by custom properties: all that is inside would be styled anew with them. */
class Placed extends Directive {
  /** @param {number} _x @param {number} _y @param {number} _width @param {number} _height */
  render(_x, _y, _width, _height) {
    return noChange;
  }

  /**
   * @override
   * @param {import("../../vendor/lit-html/directive.js").ElementPart} part
   * @param {[number, number, number, number]} values
   */
  update(part, [x, y, width, height]) {
    const { style } = /** @type {HTMLElement} */ (part.element);
    style.insetInlineStart = `${x}px`;
    style.insetBlockStart = `${y}px`;
    style.inlineSize = `${width}px`;
    style.blockSize = `${height}px`;
    return noChange;
  }
}

const placed = directive(Placed);

class Remembered extends Directive {
  /** @type {readonly unknown[]} */
  #before = [];

  /** @param {readonly unknown[]} given @param {() => unknown} draw */
  render(given, draw) {
    const same = given.length === this.#before.length && given.every((value, at) => value === this.#before[at]);
    this.#before = given;
    return same ? noChange : draw();
  }
}

/** What `draw` gives, drawn anew only when one of `given` is another: at a keystroke most pictures are as they were. */
export const remembered = directive(Remembered);
