// Under the stage: the requests that are on their way, and the latest pictures.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { computed, effect } from "../../vendor/preact-signals-core/signals-core.mjs";
import { now } from "../clock.js";
import { altOf, brief, shortly } from "../job-words.js";
import { cancel, cancelAll, putAway } from "../jobs.js";
import { sameDay } from "../moments.js";
import { sourceOf } from "../picture-urls.js";
import { sizes, subject } from "../showing.js";
import { ended, jobs, openJobs, pictures, shown } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Job} Job */
/** @typedef {import("../types.js").Picture} Picture */

const MOST = 20;
const STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity });

const STAR = html`<svg class="icon starred" aria-label="starred" role="img"><use href="#icon-star"></use></svg>`;

void needStyles("/styles/pictures.css");

/** In the order of the line; then what did not work out, until it is put away. */
const queue = computed(() => {
  const rising = [...jobs.value].sort((one, other) => one.createdAt - other.createdAt);
  const lost = rising.filter(({ state }) => state === "failed" || state === "canceled");
  return [...rising.filter((job) => !ended(job)), ...lost];
});
const latest = computed(() => pictures.value.slice(0, MOST));

/** Whether the button that has the focus is about to go. */
let leaving = false;

// Who ends one request of several goes on at the next, not at the top of the page.
effect(() => {
  if (!queue.value || !leaving) return;
  requestAnimationFrame(() => {
    if (!leaving || document.activeElement !== document.body) return;
    leaving = false;
    const next = document.querySelector("#strip .queue .icon-button") ?? document.querySelector("#strip a");
    if (next instanceof HTMLElement) next.focus();
  });
});

/** @param {() => unknown} deed */
function leave(deed) {
  leaving = true;
  deed();
}

/** The queue and the latest pictures. */
export function strip() {
  const thumbnails = latest.value;
  const here = new Set(subject.value?.pictures.map(({ id }) => id));
  // One stop for the Tab key; the arrow keys lead from there.
  const first = thumbnails.find(({ id }) => here.has(id)) ?? thumbnails[0];
  return html`
    <div class="head">
      <h2>${heading(thumbnails)}</h2>
      ${queue.value.length > 0 ? line() : nothing}
      <a class="small spacer" href="#/gallery">Gallery</a>
    </div>
    <ul class="thumbnails" @keydown=${onKey}>
      ${repeat(
        thumbnails,
        ({ id }) => id,
        (picture) => html`<li>${thumbnail(picture, here.has(picture.id), picture === first)}</li>`,
      )}
    </ul>
  `;
}

function line() {
  const waiting = openJobs.value.filter(({ state }) => state !== "running");
  const over = queue.value.filter(ended);
  return html`
    <ul class="queue" aria-label="Queue">
      ${repeat(queue.value, ({ id }) => id, (job, at) => html`<li>${queued(job, at + 1)}</li>`)}
      ${waiting.length > 1 ? all("Clear all", "Cancel all that wait", cancelAll) : nothing}
      ${waiting.length < 2 && over.length > 1
        ? all("Put all away", "Put away what did not work out", () => over.forEach(({ id }) => void putAway(id)))
        : nothing}
    </ul>
  `;
}

/** @param {string} label @param {string} title @param {() => unknown} deed */
function all(label, title, deed) {
  return html`<li><button class="button quiet small" title=${title} @click=${() => leave(deed)}>${label}</button></li>`;
}

/** @param {Job} job @param {number} place */
function queued(job, place) {
  const current = subject.value?.id === job.id;
  const over = ended(job);
  const stops = !over && job.state !== "running";
  const name = brief(job.settings.prompt, 60);
  return html`
    <button class="job" data-state=${job.state} aria-current=${current ? "true" : nothing} title=${name}
      @click=${() => (shown.value = { job: job.id })}>
      <span>${job.waiting ? "Waits" : shortly(job, { place, now: now.value })}</span>
      <span class="muted prompt" dir="auto">${name}</span>
    </button>
    ${stops ? cross("Cancel", name, () => cancel(job.id)) : nothing}
    ${over ? cross("Put away", name, () => putAway(job.id)) : nothing}
  `;
}

/** @param {string} label @param {string} name @param {() => unknown} deed */
function cross(label, name, deed) {
  return html`
    <button class="icon-button" aria-label="${label}: ${name}" title=${label} @click=${() => leave(deed)}>
      ${icon("x")}
    </button>
  `;
}

/** @param {Picture} picture @param {boolean} current @param {boolean} stop whether Tab stops here */
function thumbnail(picture, current, stop) {
  const { url, problem } = sourceOf(picture, "small");
  const name = altOf(picture, sizes.value.get(picture.requestId) ?? 1);
  return html`
    <button class="thumbnail" aria-current=${current ? "true" : nothing} tabindex=${stop ? 0 : -1}
      @click=${() => (shown.value = { picture: picture.id })}>
      <img src=${url ?? nothing} alt=${name} width="72" height="72" decoding="async" draggable="false"
        ?hidden=${problem !== null}>
      ${problem ? html`${icon("image")}<span class="visually-hidden">${name}, not on this device</span>` : nothing}
      ${picture.starred ? STAR : nothing}
    </button>
  `;
}

/** @param {Picture[]} thumbnails */
function heading(thumbnails) {
  const oldest = thumbnails.at(-1);
  if (!oldest) return "Queue";
  return sameDay(oldest.createdAt, Date.now()) ? "Today" : "Latest";
}

/** The arrow keys show the next picture, and the focus goes with them. @param {KeyboardEvent} event */
function onKey(event) {
  const step = STEPS[event.key];
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button === document.activeElement);
  const next = Math.min(Math.max(at + step, 0), buttons.length - 1);
  event.preventDefault();
  shown.value = { picture: latest.peek()[next].id };
  buttons[next].focus();
  buttons[next].scrollIntoView({ block: "nearest", inline: "nearest" });
}
