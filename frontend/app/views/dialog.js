// The frame of a dialog: its title, its close button, and what closing it does. main.js opens it.

import { html } from "../../vendor/lit-html/lit-html.js";
import { dialog } from "../state.js";
import { icon } from "./shell.js";

/** @typedef {typeof dialog.value} Name */

// A press that began inside, to mark text, and ended outside is no wish to close.
let pressedOutside = false;

/**
 * A modal dialog of class `sheet`, closed by its button, by Esc, or by a press beside it.
 * @param {Name} name as the signal `dialog` has it
 * @param {string} title
 * @param {unknown} content one element or more; each gets the sheet's padding
 */
export function sheet(name, title, content) {
  return html`
    <dialog class="sheet" aria-labelledby="${name}-title"
      @cancel=${cancel} @close=${(/** @type {Event} */ event) => left(event, name)} @pointerdown=${press} @click=${click}>
      <header>
        <h2 id="${name}-title">${title}</h2>
        <button type="button" class="icon-button" aria-label="Close" @click=${closeSheet}>${icon("x")}</button>
      </header>
      ${content}
    </dialog>
  `;
}

/**
 * Closes the dialog, and opens `next` in its place. What it held may have been replaced since the event.
 * @param {Event} _event @param {Name} [next]
 */
export function closeSheet(_event, next = null) {
  // Closed before it is removed: only so does the browser give the focus back to where it was.
  /** @type {HTMLDialogElement | null} */ (document.querySelector("dialog.sheet[open]"))?.close();
  dialog.value = next;
}

/** @param {Event} event */
function press(event) {
  pressedOutside = event.target === event.currentTarget;
}

/** @param {Event} event */
function click(event) {
  if (pressedOutside && event.target === event.currentTarget) closeSheet(event);
}

/** Esc: closed at once, since a browser tells of what it has closed itself only later, when it may be open again. @param {Event} event */
function cancel(event) {
  if (event.target !== event.currentTarget) return; // a file chooser within
  event.preventDefault();
  closeSheet(event);
}

/** Where the browser has closed it all the same. @param {Event} event @param {Name} name */
function left(event, name) {
  const element = /** @type {HTMLDialogElement} */ (event.currentTarget);
  if (element.isConnected && !element.open && dialog.peek() === name) dialog.value = null;
}
