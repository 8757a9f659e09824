// What can be done with what the stage shows, in a row under it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { counted } from "../job-words.js";
import * as deeds from "../picture-deeds.js";
import { asDollars } from "../settings.js";
import { allowance, key } from "../state.js";
import { icon } from "./shell.js";

/** @typedef {import("../showing.js").Subject} Subject */

const REACHES = [1, 2, 3, 4];

/** How many seeds away the farthest variation is. */
const reach = signal(1);

/** @param {Subject} subject */
export function actionBar(subject) {
  const { pictures } = subject;
  const many = pictures.length > 1;
  const all = many ? " all" : "";
  const starred = pictures.every((picture) => picture.starred);
  const act = (/** @type {(what: Subject) => unknown} */ deed) => () => deed(subject);
  return html`
    <div class="actions" ?data-many=${many} role="group"
      aria-label="What to do with ${many ? "these pictures" : "this picture"}">
      <button class="button quiet" aria-pressed=${starred ? "true" : "false"} title="Star${all} (F)"
        @click=${act(deeds.star)}>
        <svg class="icon fills" aria-hidden="true"><use href="#icon-star"></use></svg><span>Star${all}</span>
      </button>
      ${action("shuffle", "Remix", "All settings but the seed into the form (R)", act(deeds.remix))}
      ${action("repeat-2", "Reuse all", "All settings into the form, the seed too", act(deeds.reuse))}
      ${many ? nothing : vary(subject)}
      ${action("code-xml", "Code", "The code that makes this (C)", act(deeds.showCode))}
      ${action("link", "Copy link", "A link to these settings: no picture, no key", act(deeds.share))}
      ${action("download", `Download${all}`, "Save as a file (D)", act(deeds.download))}
      <button class="button quiet" title="All settings, each to be copied (I)" aria-haspopup="dialog"
        @click=${deeds.details}>
        ${icon("info")}<span>Details</span>
      </button>
      ${action("trash-2", `Delete${all}`, "Delete, with an Undo for a while", act(deeds.remove))}
    </div>
  `;
}

/** @param {string} drawn @param {string} label @param {string} title @param {() => unknown} deed */
function action(drawn, label, title, deed) {
  return html`<button class="button quiet" title=${title} @click=${deed}>${icon(drawn)}<span>${label}</span></button>`;
}

/** @param {Subject} subject */
function vary(subject) {
  const { list, count, dollars } = deeds.variationsOf(subject, reach.value);
  const { seed } = subject.settings;
  const make = (/** @type {Event} */ event) => {
    if (/** @type {MouseEvent} */ (event).detail > 1) return;
    /** @type {HTMLElement} */ (document.getElementById("vary")).hidePopover();
    void deeds.generateEach(list);
  };
  return html`
    <button class="button quiet" title="Pictures of the seeds next to this one" popovertarget="vary" id="vary-button">
      ${icon("sparkles")}<span>Vary</span>
    </button>
    <div id="vary" class="menu vary" popover @beforetoggle=${placeOver}>
      <fieldset class="field">
        <legend>Seeds to both sides of ${seed}</legend>
        <div class="segmented">
          ${REACHES.map(reachLabel)}
        </div>
        <p class="hint">All else stays the same. ${priceText(count, dollars)}</p>
      </fieldset>
      <button class="button primary" @click=${make}>
        Make ${counted(count, "picture")}${key.value && dollars !== null ? ` · ${asDollars(dollars)}` : ""}
      </button>
    </div>
  `;
}

/** @param {number} each */
function reachLabel(each) {
  const choose = () => (reach.value = each);
  return html`
    <label><input type="radio" name="reach" .checked=${reach.value === each} @change=${choose}>±${each}</label>
  `;
}

/** @param {number} count @param {number | null} dollars */
function priceText(count, dollars) {
  if (key.value) return dollars === null ? "" : `${counted(count, "picture")} for ${asDollars(dollars)}.`;
  const left = allowance.value.freeImagesLeft;
  if (left === null) return `${counted(count, "picture")}, free.`;
  const fits = count <= left;
  return fits ? `${count} of your ${left} free ones.` : `${counted(count, "picture")}; ${left} free left today.`;
}

/** Over its button, inside the window: a popover stands in the middle of it otherwise. @param {ToggleEvent} event */
function placeOver(event) {
  if (event.newState !== "open") return;
  const menu = /** @type {HTMLElement} */ (event.target);
  const button = /** @type {HTMLElement} */ (document.getElementById("vary-button")).getBoundingClientRect();
  menu.style.setProperty("--from-left", `${Math.round(button.left)}px`);
  menu.style.setProperty("--from-bottom", `${Math.round(innerHeight - button.top + 8)}px`);
}
