// The pictures of this device by day: of however many, only those near the window are drawn. The arrow keys go through.

import { html, noChange, nothing } from "../../vendor/lit-html/lit-html.js";
import { Directive, directive } from "../../vendor/lit-html/directive.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { computed, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { idsOf, open, removeThem, starThem } from "../gallery-deeds.js";
import { layOut, nextRow, within } from "../rows.js";
import { byDay, byMonth } from "../search.js";
import {
  chooseAll, chooseNone, chooseUpTo, chosen, current, filtered, found, goTo, isChosen, neighbour, order, survivor,
  toggle,
} from "../selection.js";
import { sizes } from "../showing.js";
import { pictures } from "../state.js";
import { galleryItem, remembered } from "./gallery-item.js";
import { properties } from "./properties.js";

/** @typedef {import("../rows.js").Block} Block */
/** @typedef {import("../rows.js").Place} Place */

/** What is seen changes in steps of so many pixels: scrolling draws seldom. */
const STEP = 256;

/** The grid's width, and which part of its height is near the window. */
const width = signal(0);
const seen = signal({ top: 0, bottom: 0 });

/** How many times its usual size the visitor wants text to be. */
const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;

const layout = computed(() => {
  // A day's heading among pictures that are not in the order of time would come again and again.
  if (order.value === "prompt") return layOut([{ day: "all", title: "", pictures: found.value }], width.value, { scale });
  return layOut(filtered.value ? byMonth(found.value) : byDay(found.value, Date.now()), width.value, { scale });
});

/** The place of each picture in its day, and how many a day has. */
const numbers = computed(() => {
  return new Map(layout.value.blocks.flatMap(({ places }) => places.map(({ picture }, at) => [picture.id, at + 1])));
});
const counts = computed(() => new Map(layout.value.blocks.map(({ day, places }) => [day, places.length])));

export function grid() {
  const now = Date.now();
  const { top, bottom } = seen.value;
  // The picture that has the focus stays, wherever it is: else the focus would be lost by scrolling.
  const blocks = width.value ? within(layout.value, top, bottom, current.value) : [];
  return html`
    <div id="pictures" @click=${onClick} @keydown=${onKey} @keyup=${onKeyUp} @focusin=${onFocus}
      ${properties({ height: layout.value.height })} ${watched()}>
      ${repeat(blocks, ({ day }) => day, (block) => html`
        <section aria-label=${block.title || "All pictures"} ${properties({ y: block.y, height: block.height })}>
          ${block.title ? html`<h3 class="small muted">${block.title}</h3>` : nothing}
          <ul role="list">${repeat(block.places, ({ picture }) => picture.id, (place) => one(place, block, now))}</ul>
        </section>
      `)}
    </div>
  `;
}

/** @param {Place} place @param {Block} block @param {number} now */
function one(place, { day }, now) {
  const { picture, x, y, width, height } = place;
  const of = sizes.value.get(picture.requestId) ?? 1;
  const [nth, count] = [numbers.value.get(picture.id) ?? 1, counts.value.get(day) ?? 1];
  const facts = { of, nth, count, chosen: isChosen(picture.id), current: picture.id === current.value, now };
  const given = [picture, x, y, width, height, of, nth, count, facts.chosen, facts.current];
  return remembered(given, () => galleryItem(place, facts));
}

/** @param {EventTarget | null} target */
function idOf(target) {
  const item = target instanceof Element ? target.closest("[data-id]") : null;
  return item instanceof HTMLElement ? (item.dataset.id ?? null) : null;
}

/** @param {MouseEvent} event */
function onClick(event) {
  const id = idOf(event.target);
  const target = /** @type {Element} */ (event.target);
  if (id === null) return;
  if (target.closest(".star")) return void starThem([id]);
  const picking = target.matches(".pick");
  if (!picking && !event.shiftKey && !event.ctrlKey && !event.metaKey) return open(id);
  if (event.shiftKey) {
    chooseUpTo(id);
    // Of a range that ends here this one is chosen too, though the click has just taken its mark away.
    if (target instanceof HTMLInputElement) target.checked = true;
  } else {
    toggle(id);
  }
  goTo(id);
}

/** @param {FocusEvent} event */
function onFocus(event) {
  const id = idOf(event.target);
  if (id !== null && id !== current.value) goTo(id);
}

/** @type {Record<string, (event: KeyboardEvent, id: string) => unknown>} */
const KEYS = {
  ArrowLeft: () => focus(neighbour(-1)),
  ArrowRight: () => focus(neighbour(1)),
  ArrowUp: (_, id) => focus(nextRow(layout.value, id, -1)),
  ArrowDown: (_, id) => focus(nextRow(layout.value, id, 1)),
  Home: () => focus(found.value[0]?.id ?? null),
  End: () => focus(found.value.at(-1)?.id ?? null),
  " ": (event, id) => (event.shiftKey ? chooseUpTo(id) : toggle(id)),
  f: (_, id) => starThem(chosen.value.length ? undefined : [id]),
  Delete: (_, id) => removeAndGoOn(chosen.value.length ? undefined : [id]),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  const id = idOf(event.target);
  if (id === null || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "a") return;
    event.preventDefault();
    return chooseAll();
  }
  if (event.key === "Escape" && chosen.value.length) return chooseNone();
  const deed = KEYS[event.key];
  // The mark and the star know Space by themselves.
  if (!deed || (event.key === " " && !isOpener(event.target))) return;
  event.preventDefault();
  deed(event, id);
}

/** Firefox presses a button when Space comes up. @param {KeyboardEvent} event */
function onKeyUp(event) {
  if (event.key === " " && isOpener(event.target)) event.preventDefault();
}

/** @param {EventTarget | null} target */
function isOpener(target) {
  return target instanceof Element && target.matches(".open");
}

/** Puts the focus on a picture and brings it into the window. @param {string | null} id */
export function focus(id) {
  if (id === null) return;
  goTo(id);
  const item = document.querySelector(`#pictures [data-id="${CSS.escape(id)}"]`);
  item?.querySelector("button")?.focus({ preventScroll: true });
  if (id === found.value[0]?.id) scrollTo(0, 0);
  else item?.scrollIntoView({ block: "nearest" });
}

/** Removes them; the focus goes on to the next that stays. @param {string[]} [ids] those chosen if none are named */
export function removeAndGoOn(ids = idsOf(chosen.value)) {
  const wanted = new Set(ids);
  const going = new Set(idsOf(pictures.value.filter((picture) => wanted.has(picture.id) && !picture.starred)));
  const next = survivor(going);
  removeThem(ids);
  if (going.size === 0) return;
  if (next !== null) focus(next);
  else document.querySelector(/** @type {"button"} */ ("#gallery [role=tab][aria-selected=true]"))?.focus();
}

/** The grid as it is in the page just now. @type {Element | null} */
let element = null;
let measuring = false;
const resizing = new ResizeObserver(measure);
addEventListener("scroll", measureSoon, { passive: true });
addEventListener("resize", measureSoon, { passive: true });

/** Once per frame, before it is drawn. */
function measureSoon() {
  if (measuring || !element?.isConnected) return;
  measuring = true;
  requestAnimationFrame(measure);
}

function measure() {
  measuring = false;
  if (!element?.isConnected) return;
  const box = element.getBoundingClientRect();
  if (box.width > 0) width.value = Math.floor(box.width);
  // Half a window more on either side, so that scrolling seldom meets an empty box.
  const top = STEP * Math.floor((-box.top - innerHeight / 2) / STEP);
  const bottom = STEP * Math.ceil((1.5 * innerHeight - box.top) / STEP);
  if (top !== seen.value.top || bottom !== seen.value.bottom) seen.value = { top, bottom };
}

class Watched extends Directive {
  render() {
    return noChange;
  }

  /** @override @param {import("../../vendor/lit-html/directive.js").ElementPart} part */
  update(part) {
    if (part.element === element) return noChange;
    if (element) resizing.unobserve(element);
    element = part.element;
    resizing.observe(element);
    return noChange;
  }
}

const watched = directive(Watched);
