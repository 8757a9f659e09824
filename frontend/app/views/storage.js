// How much this device keeps, and what to do about it; the trouble when it keeps nothing or no more.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { counted, download, packing } from "../gallery-deeds.js";
import { refreshStorage, removeAllButStarred } from "../library.js";
import { dialog, jobs, notify, pictures, storage } from "../state.js";
import { progress } from "./chosen-bar.js";
import { icon } from "./shell.js";

const UNITS = ["KB", "MB", "GB", "TB"];
const asking = signal(false);

/** "14 MB". @param {number} count */
export function bytes(count) {
  let value = count / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit += 1) value /= 1000;
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 })} ${UNITS[unit]}`;
}

/** One line that opens. */
export function storageLine() {
  const unstarred = pictures.value.filter((picture) => !picture.starred).length;
  return html`
    <details class="storage small">
      <summary>${icon("hard-drive")} ${usage()}</summary>
      <div class="stack">
        <p class="muted">
          ${storage.value.persisted
            ? "The browser has agreed to keep these pictures until you delete them."
            : "When this device runs short of room, the browser may delete these pictures without asking."}
        </p>
        <div class="row">${buttons(unstarred)}</div>
        ${asking.value && unstarred > 0 ? confirmation(unstarred) : nothing}
      </div>
    </details>
  `;
}

function usage() {
  const { works, usage: used, quota } = storage.value;
  if (!works) return html`<span>Nothing is kept here</span>`;
  if (!quota) return html`<span>${bytes(used)} kept here</span>`;
  return html`
    <span>${bytes(used)} kept here</span>
    <meter class="meter" min="0" max=${quota} value=${used} aria-label="Storage used">${bytes(used)}</meter>
    <span>of ${bytes(quota)}</span>
  `;
}

/** @param {number} unstarred */
function buttons(unstarred) {
  const { works, persisted } = storage.value;
  const empty = pictures.value.length === 0 && jobs.value.length === 0;
  return html`
    ${works && !persisted
      ? html`
        <button type="button" class="button" @click=${askToKeep}>${icon("lock")} Ask the browser to keep it</button>
      ` : nothing}
    ${exporting()}
    <button type="button" class="button danger" ?disabled=${unstarred === 0}
      aria-expanded=${asking.value ? "true" : "false"} @click=${() => (asking.value = !asking.value)}>
      ${icon("trash-2")} Delete all but ☆
    </button>
    <button type="button" class="button danger" ?disabled=${empty} aria-haspopup="dialog"
      @click=${() => (dialog.value = "clear")}>Clear this device…</button>
  `;
}

function exporting() {
  if (packing.value) return progress();
  return html`
    <button type="button" class="button" ?disabled=${pictures.value.length === 0}
      @click=${() => download(pictures.value)}>
      ${icon("file-archive")} Export all
    </button>
  `;
}

/** @param {number} unstarred */
function confirmation(unstarred) {
  const starred = pictures.value.length - unstarred;
  const but = starred ? ` and keep the ${starred.toLocaleString("en")} with a star` : "";
  return html`
    <div class="row" role="group" aria-label="Delete all but the starred pictures">
      <span>Delete ${counted(unstarred)}${but}? The server’s copies go too.</span>
      <span class="row">
        <button type="button" class="button danger" @click=${removeUnstarred}>Delete ${counted(unstarred)}</button>
        <button type="button" class="button" @click=${() => (asking.value = false)}>Keep them</button>
      </span>
    </div>
  `;
}

/** What a visitor must know: that pictures are not kept, or no more are. */
export function storageTrouble() {
  const { works, full } = storage.value;
  if (works && !full) return nothing;
  const what = works ? "This device’s storage is full." : "This browser keeps nothing here, as in a private window.";
  return html`
    <div class="card trouble row" role="status">
      ${icon("circle-alert")}
      <p>
        <strong>${what}</strong>
        ${works ? "New pictures" : "Pictures"} stay only until you close this page: save those you
        like${works ? ", or delete some" : ""}.
      </p>
      <span class="row spacer">${exporting()}</span>
    </div>
  `;
}

function removeUnstarred() {
  asking.value = false;
  // Ends when the undo has passed.
  void removeAllButStarred();
}

async function askToKeep() {
  const kept = (await navigator.storage?.persist?.().catch(() => false)) ?? false;
  await refreshStorage();
  notify(
    kept
      ? "The browser will keep these pictures until you delete them."
      : "The browser has not agreed: it goes by how often you come here. A bookmark helps; so does Export all.",
  );
}

void refreshStorage();
