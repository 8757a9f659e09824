// The gallery: all pictures of this device, found, chosen, saved, deleted; and for a key's holder what the server has.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { effect, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { counted, opened } from "../gallery-deeds.js";
import { filtered, found, look, lookAtAll, order, starredOnly, words } from "../selection.js";
import { announce, pictures, route } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { chosenBar } from "./chosen-bar.js";
import { focus, grid } from "./gallery-grid.js";
import { serverHistory } from "./server-history.js";
import { icon } from "./shell.js";
import { storageLine, storageTrouble } from "./storage.js";

// Before the first look: pictures without their grid would fill many windows.
await needStyles("/styles/gallery.css");

/** @type {["here" | "server", string][]} */
const TABS = [
  ["here", "This device"],
  ["server", "On the server"],
];
/** @type {[import("../search.js").Order, string][]} */
const ORDERS = [
  ["newest", "Newest first"],
  ["oldest", "Oldest first"],
  ["prompt", "By prompt"],
];
const tab = signal(/** @type {"here" | "server"} */ ("here"));

/** The view for `<section id="gallery">`. */
export function gallery() {
  return html`
    <div class="gallery">
      <h2 class="visually-hidden">Gallery</h2>
      <div role="tablist" aria-label="Where the pictures are" @keydown=${onTabKey}>
        ${TABS.map(([name, label]) => html`
          <button type="button" role="tab" id="tab-${name}" aria-controls="gallery-panel"
            tabindex=${tab.value === name ? 0 : -1} aria-selected=${tab.value === name ? "true" : "false"}
            @click=${() => (tab.value = name)}>${label} ${name === "here" ? howMany() : nothing}</button>
        `)}
      </div>
      <div id="gallery-panel" role="tabpanel" aria-labelledby="tab-${tab.value}" class="stack">
        ${tab.value === "here" ? here() : serverHistory()}
      </div>
    </div>
  `;
}

function howMany() {
  const { length } = pictures.value;
  return length ? html`<span class="muted">${length.toLocaleString("en")}</span>` : nothing;
}

function here() {
  if (pictures.value.length === 0) return html`${storageTrouble()} ${nothingYet()} ${storageLine()}`;
  return html`
    ${storageTrouble()} ${finder()} ${storageLine()}
    ${found.value.length ? grid() : noMatch()}
    ${chosenBar()}
  `;
}

function finder() {
  return html`
    <search class="row finder" aria-label="Pictures of this device">
      <label class="find">
        <span class="visually-hidden">Search prompt, seed, scheduler or size</span>
        ${icon("search")}
        <input type="search" placeholder="Prompt, seed, scheduler, size" autocomplete="off" spellcheck="false"
          maxlength="500" .value=${words.value} @input=${onSearch} @keydown=${onSearchKey}>
      </label>
      <span class="row filters">
        <button type="button" class="chip" aria-pressed=${starredOnly.value ? "true" : "false"} @click=${onStarred}>
          ${icon("star")} Starred
        </button>
        <label>
          <span class="visually-hidden">Order</span>
          <select @change=${onOrder}>
            ${ORDERS.map(([name, label]) => html`
              <option value=${name} ?selected=${order.value === name}>${label}</option>
            `)}
          </select>
        </label>
        <span class="small muted spacer">${tally()}</span>
      </span>
    </search>
  `;
}

function tally() {
  const some = filtered.value ? `${found.value.length.toLocaleString("en")} of ` : "";
  const [all, noun] = counted(pictures.value.length).split(" ");
  return html`${some}${all} <span class="wide">${noun}</span>`;
}

function nothingYet() {
  return html`
    <div class="empty">
      ${icon("image")}
      <h3>Nothing here yet</h3>
      <p>Pictures you make are kept in this browser and found here, without a network too.</p>
      <a class="button primary" href="#/create">Make the first picture</a>
    </div>
  `;
}

function noMatch() {
  const asked = words.value.trim();
  const what = [starredOnly.value ? "starred " : "", "picture matches"].join("");
  return html`
    <div class="empty">
      <h3>${asked ? `No ${what} “${asked}”` : "No picture has a star yet"}</h3>
      <p>
        ${asked
          ? "Every word must be in the prompt, the seed, the scheduler or the size."
          : "A star marks what you like, and protects it from being deleted."}
      </p>
      <button type="button" class="button" @click=${lookAtAll}>Show all ${counted(pictures.value.length)}</button>
    </div>
  `;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let telling;

/** @param {InputEvent & { target: HTMLInputElement }} event */
function onSearch({ target }) {
  lookFor({ words: target.value });
  clearTimeout(telling);
  // Once, when the typing pauses.
  telling = setTimeout(() => announce(`${counted(found.value.length)} found`), 700);
}

/** @param {KeyboardEvent} event */
function onSearchKey(event) {
  if (event.key !== "ArrowDown" || found.value.length === 0) return;
  event.preventDefault();
  focus(found.value[0].id);
}

function onStarred() {
  lookFor({ starredOnly: !starredOnly.value });
}

/** @param {Event & { target: HTMLSelectElement }} event */
function onOrder({ target }) {
  lookFor({ order: /** @type {import("../search.js").Order} */ (target.value) });
}

/** From the top again: it is another list. @param {Parameters<typeof look>[0]} wanted */
function lookFor(wanted) {
  look(wanted);
  scrollTo(0, 0);
}

/** @param {KeyboardEvent} event */
function onTabKey(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  event.preventDefault();
  tab.value = tab.value === "here" ? "server" : "here";
  document.getElementById(`tab-${tab.value}`)?.focus();
}

// Back from the stage, one is where one was.
effect(() => {
  if (route.value !== "gallery" || !opened.peek()) return;
  const id = opened.peek();
  opened.value = null;
  requestAnimationFrame(() => focus(id));
});
