// Lines at the bottom of the window that go away by themselves, and what only a screen reader is told.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { effect, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { attended, whenLeftAlone } from "../attention.js";
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
/** Ends the wait of those that go by themselves. @type {Map<string, () => void>} */
const waits = new Map();
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
  for (const { id, kind, stays, action } of all) {
    if (stays || waits.has(id)) continue;
    waits.set(id, whenLeftAlone(kind === "bad" || action ? LONG_MS : SHORT_MS, () => dismiss(id)));
  }
  for (const [id, end] of waits) {
    if (all.some((notice) => notice.id === id)) continue;
    end();
    waits.delete(id);
  }
  if (all.length === 0) attended.value = false;
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
  const leave = (/** @type {Event} */ event) => {
    const list = /** @type {Element} */ (event.currentTarget).closest(".notices");
    dismiss(id);
    if (document.activeElement === document.body && cameFrom?.isConnected) cameFrom.focus();
    // Of what is removed, not every browser says that it has lost pointer or focus.
    attended.value = list !== null && (list.matches(":hover") || list.contains(document.activeElement));
  };
  const act = (/** @type {Event} */ event) => {
    leave(event);
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

/** @param {FocusEvent} event */
function enter(event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const from = event.relatedTarget;
  if (from instanceof HTMLElement && !list.contains(from)) cameFrom = from;
  pause();
}

function pause() {
  attended.value = true;
}

/** Goes on once neither pointer nor focus is there. @param {Event} event */
function go(event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const next = /** @type {Node | null} */ (/** @type {PointerEvent | FocusEvent} */ (event).relatedTarget);
  if (list.contains(next)) return;
  if (event.type === "focusout" ? list.matches(":hover") : list.contains(document.activeElement)) return;
  attended.value = false;
}
