// Asks before all that this page keeps in this browser is deleted, and whether the server's copies go too.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { counted } from "../gallery-deeds.js";
import { clearDevice } from "../library.js";
import { openJobs, pictures } from "../state.js";
import { closeSheet, sheet } from "./dialog.js";
import { icon } from "./shell.js";

const erasing = signal(false);
const busy = signal(false);

export function clearDialog() {
  const held = pictures.value.length;
  const open = openJobs.value.length;
  return sheet("clear", "Clear this device", html`
    <div class="stack">
      <p>
        This deletes ${held ? counted(held) : "the pictures"}, the queue, past prompts, your settings and your key from
        this browser. It cannot be undone.
      </p>
      ${open ? html`<p>${openWords(open)}</p>` : nothing}
      <label class="row">
        <input type="checkbox" .checked=${erasing.value} @change=${onErasing}>
        <span>Erase the server’s copies too</span>
      </label>
      <p class="small muted">
        ${erasing.value
          ? "Pictures and prompts are erased on the server first. That takes the key that they were made with."
          : "The server deletes its own copies by itself after a few days."}
      </p>
      <div class="row">
        <button type="button" class="button danger" aria-disabled=${busy.value ? "true" : "false"} @click=${clear}>
          ${icon("trash-2")} ${busy.value ? "Clearing…" : erasing.value ? "Erase everywhere" : "Clear this device"}
        </button>
        <button type="button" class="button" @click=${closeSheet}>Keep everything</button>
      </div>
    </div>
  `);
}

/** @param {number} open */
function openWords(open) {
  if (open === 1) return "One request is still open: its pictures will not come here.";
  return `${open} requests are still open: their pictures will not come here.`;
}

/** @param {Event & { target: HTMLInputElement }} event */
function onErasing({ target }) {
  erasing.value = target.checked;
}

/** @param {Event} event */
async function clear(event) {
  if (busy.value) return;
  busy.value = true;
  try {
    await clearDevice({ erase: erasing.value });
  } finally {
    busy.value = false;
    erasing.value = false;
    closeSheet(event);
  }
}
