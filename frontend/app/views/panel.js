// The form's frame: its fields, what to know before asking, the button and the keys. On phones a bar that unfolds.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { load, loaded, open, promptCount, startForm, unfold } from "../form.js";
import { asDollars, priceOf, shown } from "../settings.js";
import { allowance, key, model, modelProblem, online, settings } from "../state.js";
import { fieldsPart, promptPart } from "./panel-fields.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Settings} Settings */
/** @typedef {import("../types.js").Model} Model */

/** Whether somebody asked before the form was there. */
const tooEarly = signal(false);
let started = false;
const narrow = matchMedia("(width <= 45rem)");
const isPhone = signal(narrow.matches);
narrow.addEventListener("change", () => (isPhone.value = narrow.matches));

/** The form, as `#panel` shows it. @param {{onRetry: () => void}} actions */
export function panel({ onRetry }) {
  if (!started) startForm();
  started = true;
  const known = model.value;
  const values = settings.value;
  return html`
    <form class="panel" novalidate autocomplete="off" ?data-open=${open.value.sheet} @keydown=${onKey} @focusin=${onEnter} @focusout=${onLeave}
      @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <div class="panel-head row">
        <h2>Settings</h2>
        <span class="spacer"></span>
        <button class="icon-button" type="button" aria-label="Close the settings" @click=${fold}>${icon("x")}</button>
      </div>
      ${promptPart(known)}
      <div class="panel-rest">
        ${known && values ? fieldsPart(known, values) : modelProblem.value ? missingPart(onRetry) : waitingPart}
      </div>
      <div class="panel-foot">
        <div class="panel-remarks">${remarks(known, values, onRetry)}</div>
        <div class="panel-deeds">
          <button class="icon-button panel-unfold" type="button" aria-label="All settings"
            aria-expanded=${open.value.sheet} @click=${() => unfold("sheet")}>${icon("sliders-horizontal")}</button>
          <button class="button primary panel-generate" type="button" @click=${ask}>${deed(known, values)}</button>
        </div>
      </div>
    </form>
  `;
}

const waitingPart = html`<p class="visually-hidden" role="status">The settings are on their way.</p>
  <div class="panel-skeleton" aria-hidden="true">${[1, 2, 3, 4, 5].map(() => html`<span></span>`)}</div>`;

function whyMissing() {
  const { code = "", status = 0 } = modelProblem.value ?? {};
  const why = {
    offline: "The network cannot be reached",
    unloaded: "A part of this page could not be loaded",
    slow: "The API takes too long to answer",
    unreadable: "What answered is not the API",
  }[code];
  return why ?? `The API has a fault (${status || code})`;
}

/** @param {() => void} onRetry */
function missingPart(onRetry) {
  return html`<div class="card stack" role="status">
    <p>${whyMissing()}, so the settings are not here yet. Your prompt is kept.</p>
    <button class="button" type="button" @click=${onRetry}>${icon("rotate-ccw")} Try again</button>
  </div>`;
}

/** What to know before asking. @param {Model | null} known @param {Settings | null} values @param {() => void} onRetry */
function remarks(known, values, onRetry) {
  if (!online.value) {
    const what = known && values ? "what you ask for is sent" : "pictures can be asked for";
    return troubleLine(`You are offline: ${what} when the network is back.`);
  }
  if (!known || !values) {
    if (modelProblem.value && isPhone.value && !open.value.sheet) return missingLine(onRetry);
    return tooEarly.value ? html`<p>The settings are not here yet. Your prompt is kept.</p>` : nothing;
  }
  if (known.availability?.accepting === false) return closedLine(known);
  const { credits, freeImagesLeft } = allowance.value;
  const count = promptCount.value * values.samples;
  const short = key.value
    ? credits !== null && credits < priceOf(values, known, promptCount.value)
    : freeImagesLeft !== null && freeImagesLeft < count;
  if (short) void load("remarks");
  return short ? loaded.value.remarks?.shortOf(count) : nothing;
}

/** Of a folded bar, which hides the part that says more. @param {() => void} onRetry */
function missingLine(onRetry) {
  return html`<div class="row">
    ${troubleLine(`${whyMissing()}.`)} <button class="button" type="button" @click=${onRetry}>Try again</button>
  </div>`;
}

/** @param {Model} known */
function closedLine({ availability, site }) {
  const tell = html`<a href=${site.contact_url} rel="noopener">Tell the owner</a>`;
  return troubleLine(html`<strong>Pictures cannot be made just now.</strong> <span>${availability.detail}</span>
    <span class="when-open">This page looks again by itself. ${site.contact_url ? tell : nothing}</span>`);
}

/** @param {unknown} words */
function troubleLine(words) {
  return html`<p class="trouble" role="status">${icon("circle-alert")}<span>${words}</span></p>`;
}

/** What the button does, how much, and for how much. @param {Model | null} known @param {Settings | null} values */
function deed(known, values) {
  if (!known || !values) return "Generate";
  const count = promptCount.value;
  const many = () => html`<span class="many">
    ${shown(count)} prompts × ${values.samples} = ${shown(count * values.samples)} pictures
  </span>`;
  const { freeImagesLeft: left } = allowance.value;
  const price = key.value ? asDollars(priceOf(values, known, count)) : left && `${left} free`;
  const told = price ? html`<span>· ${price}</span>` : nothing;
  return html`<span>Generate</span> ${count > 1 ? many() : nothing} ${told}`;
}

/** The second click of a double click is the first one's echo. @param {Event} event */
async function ask(event) {
  if (event instanceof MouseEvent && event.detail > 1) return;
  // As it is now: the module may take a moment.
  const wanted = settings.peek();
  tooEarly.value = wanted === null;
  if (wanted) await (await load("generate"))?.generate(wanted);
  else unfold("sheet"); // where it is said
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { key: pressed, target, repeat } = event;
  const command = event.ctrlKey || event.metaKey;
  const weight = { ArrowUp: /** @type {const} */ (1), ArrowDown: /** @type {const} */ (-1) }[pressed];
  if (pressed === "Enter" && command) {
    event.preventDefault();
    if (!repeat) void ask(event);
  } else if (pressed === "Enter" && repeat && target instanceof HTMLButtonElement) {
    event.preventDefault(); // a key held down is one click
  } else if (command && weight && target instanceof HTMLTextAreaElement && target.name === "prompt") {
    event.preventDefault();
    void load("prompt").then((module) => module?.weighWord(target, weight));
  } else if (pressed === "Escape" && open.peek().sheet && isPhone.peek()) {
    if (!document.querySelector("#panel :popover-open")) fold();
  }
}

/** @param {FocusEvent} event */
function onEnter({ target }) {
  warm();
  if (target instanceof HTMLTextAreaElement && target.name === "prompt") unfoldAround(target);
}

/** Opens the sheet, which may have been scrolled when it was closed. @param {HTMLTextAreaElement} prompt */
function unfoldAround(prompt) {
  if (open.peek().sheet) return;
  unfold("sheet");
  if (isPhone.peek()) prompt.scrollIntoView({ block: "nearest" });
}

/** What has the focus must not lie behind the sheet. @param {FocusEvent} event */
function onLeave({ currentTarget, relatedTarget }) {
  const stays = /** @type {Element} */ (currentTarget).contains(/** @type {Node | null} */ (relatedTarget));
  if (relatedTarget && !stays && isPhone.peek()) unfold("sheet", false);
}

/** Whoever is in the form is about to ask: what that takes, and what shows it, is fetched before the network may go. */
function warm() {
  for (const needed of [
    import("../jobs.js"), import("./panel-generate.js"), import("./job.js"), import("./strip.js"), import("./notices.js"),
  ]) needed.catch(() => {});
}

/** Makes a bar of the sheet; the focus goes to what is still there. */
export function fold() {
  unfold("sheet", false);
  const focused = document.activeElement;
  if (isPhone.peek() && focused?.closest("#panel") && !focused.closest(".panel-deeds")) {
    /** @type {HTMLElement | null} */ (document.querySelector("#panel .panel-unfold"))?.focus();
  }
}
