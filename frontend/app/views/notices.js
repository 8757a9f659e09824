// Lines at the bottom of the window that go away by themselves, and what only a screen reader is told.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { effect, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { announcement, dismiss, notices } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Notice} Notice */

const SHORT_MS = 6_000;
const LONG_MS = 10_000;
// A region that is new must have been empty before a screen reader listens to it. And of what is said of the same thing
// in the same moment, the last is enough.
const LISTENS_AFTER_MS = 150;

void needStyles("/styles/notices.css");

const said = signal("");
const heard = signal(false);
/**
 * Notices that wait for their end: the time that each has left, in ms.
 * @type {Map<string, {left: number, since: number, timer: ReturnType<typeof setTimeout> | undefined}>}
 */
const clocks = new Map();
let paused = false;
/** Where the focus was before it went to a notice. @type {HTMLElement | null} */
let cameFrom = null;

setTimeout(() => (heard.value = true), LISTENS_AFTER_MS);
effect(() => {
  const sentence = announcement.value?.text ?? "";
  said.value = ""; // a sentence that stays where it was is not read again
  const saying = setTimeout(() => (said.value = sentence), LISTENS_AFTER_MS);
  return () => clearTimeout(saying);
});
effect(() => {
  const all = notices.value;
  for (const notice of all) if (!notice.stays && !clocks.has(notice.id)) begin(notice);
  for (const id of clocks.keys()) if (!all.some((notice) => notice.id === id)) end(id);
  if (all.length === 0) paused = false;
});

/** The notices, and the region for announcements. */
export function noticesView() {
  return html`
    <p class="visually-hidden" role="status">${said.value}</p>
    <div class="notices" role="status" aria-atomic="false"
      @pointerover=${pause} @pointerout=${go} @focusin=${enter} @focusout=${go}>
      ${repeat(heard.value ? notices.value : [], ({ id }) => id, line)}
    </div>
  `;
}

/** @param {Notice} notice */
function line({ id, text, kind, action }) {
  const leave = () => {
    dismiss(id);
    if (document.activeElement === document.body && cameFrom?.isConnected) cameFrom.focus();
  };
  const act = () => {
    leave();
    action?.run();
  };
  return html`
    <div class="notice" data-kind=${kind}>
      ${kind === "bad" ? icon("circle-alert") : nothing}
      <p dir="auto">${text}</p>
      ${action ? html`<button class="button quiet act" @click=${act}>${action.label}</button>` : nothing}
      <button class="icon-button" aria-label="Dismiss" title="Dismiss" @click=${leave}>${icon("x")}</button>
    </div>
  `;
}

/** @param {Notice} notice */
function begin({ id, kind, action }) {
  clocks.set(id, { left: kind === "bad" || action ? LONG_MS : SHORT_MS, since: Date.now(), timer: undefined });
  if (!paused) run(id);
}

/** @param {string} id */
function run(id) {
  const clock = clocks.get(id);
  if (!clock || clock.timer !== undefined) return;
  clock.since = Date.now();
  clock.timer = setTimeout(() => dismiss(id), clock.left);
}

/** @param {string} id */
function end(id) {
  clearTimeout(clocks.get(id)?.timer);
  clocks.delete(id);
}

/** @param {FocusEvent} event */
function enter(event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const from = event.relatedTarget;
  if (from instanceof HTMLElement && !list.contains(from)) cameFrom = from;
  pause();
}

function pause() {
  paused = true;
  for (const clock of clocks.values()) {
    if (clock.timer === undefined) continue;
    clearTimeout(clock.timer);
    clock.timer = undefined;
    clock.left -= Date.now() - clock.since;
  }
}

/** Goes on once neither pointer nor focus is there. @param {Event} event */
function go(event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const next = /** @type {Node | null} */ (/** @type {PointerEvent | FocusEvent} */ (event).relatedTarget);
  if (list.contains(next)) return;
  if (event.type === "focusout" ? list.matches(":hover") : list.contains(document.activeElement)) return;
  paused = false;
  for (const id of clocks.keys()) run(id);
}
