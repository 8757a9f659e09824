// The stage with something on it: pictures or the boxes for them, how far they are, what can be done.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { now, startClock } from "../clock.js";
import { forgetKey } from "../account.js";
import { ownProblem } from "../api.js";
import { balanceWords, brief, costWords, freeWords, progressWords, waitingFor, waitingWords } from "../job-words.js";
import * as jobDeeds from "../jobs.js";
import * as deeds from "../picture-deeds.js";
import { explain } from "../problems.js";
import { followRequests, lacking, subject } from "../showing.js";
import { allowance, dialog, ended, key, model, openJobs, shown } from "../state.js";
import { startTelling } from "../telling.js";
import { actionBar } from "./action-bar.js";
import { boxes } from "./boxes.js";
import { mend } from "./panel-generate.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Job} Job */
/** @typedef {import("../types.js").Picture} Picture */
/** @typedef {import("../showing.js").Subject} Subject */
/** @typedef {import("../problems.js").Action} Action */

const SWIPE_PX = 48;
const LONGEST_PROMPT = 160;

/** What single keys do on the stage. @type {Record<string, () => unknown>} */
export const stageKeys = {
  f: () => withPictures(deeds.star),
  r: () => withSubject(deeds.remix),
  d: () => withPictures(deeds.download),
  c: () => withSubject(deeds.showCode),
  i: () => withSubject(deeds.details),
  ArrowLeft: () => deeds.browse(-1),
  ArrowRight: () => deeds.browse(1),
};

/** Begins what goes on as long as the page is open: its time, its title, what is told. */
export function start() {
  followRequests();
  startClock();
  startTelling();
}

/** Whether there is anything to show. */
export function isThere() {
  return subject.value !== null;
}

/** What the stage shows. */
export function jobView() {
  const what = subject.value;
  if (!what) return nothing;
  const { job, pictures } = what;
  const lost = job && pictures.length === 0 && (job.state === "failed" || job.state === "canceled");
  return html`
    <div class="frame" @touchstart=${swipeBegins} @touchend=${swipeEnds}>${lost ? problemCard(job) : boxes(what)}</div>
    <div class="about">
      ${job && !ended(job) ? progress(job) : lost ? promptLine(job) : result(what)}
      ${what.whole ? html`<button class="button" @click=${() => showJob(what.whole)}>All ${what.of}</button>` : nothing}
    </div>
    ${pictures.length > 0 ? actionBar(what) : html`<div class="actions"></div>`}
  `;
}

/** @param {Job} job */
function progress(job) {
  const waits = waitingWords(job, now.value);
  const place = placeOf(job);
  const cancelable = job.state === "sending" || job.state === "queued";
  return html`
    <p class="state" data-state=${job.state}>
      <strong>${waitingFor(job) ?? progressWords(job, { place, now: now.value, left: jobDeeds.etaOf(job) })}</strong>
      <span class=${waits ? "" : "muted prompt"} dir="auto">${waits ?? brief(job.settings.prompt, LONGEST_PROMPT)}</span>
    </p>
    ${job.waiting === "key"
      ? html`<button class="button" aria-haspopup="dialog" @click=${openKey}>Use that key</button>`
      : nothing}
    ${cancelable ? html`<button class="button" @click=${() => jobDeeds.cancel(job.id)}>Cancel</button>` : nothing}
  `;
}

/** @param {Subject} what */
function result(what) {
  const { job, pictures, settings } = what;
  const failed = job?.failures.length ?? 0;
  return html`
    <div class="state">
      ${job && failed > 0 ? partial(job, what) : nothing}
      <p class="facts">
        ${facts(what).map((fact, at, { length }) => html`<span>${fact}${at < length - 1 ? " ·" : nothing}</span> `)}
      </p>
      ${(job?.warnings ?? []).map((warning) => html`<p class="small muted">${warning}</p>`)}
      <p class="muted prompt" dir="auto">${brief(pictures[0]?.settings.prompt ?? settings.prompt, LONGEST_PROMPT)}</p>
    </div>
  `;
}

/** @param {Job} job */
function promptLine({ settings }) {
  return html`<p class="muted prompt" dir="auto">${brief(settings.prompt, LONGEST_PROMPT)}</p>`;
}

/** @param {Job} job @param {Subject} what */
function partial(job, { pictures, settings }) {
  const failed = job.failures.length;
  const again = () => deeds.generateEach(lacking(settings, job.failures));
  return html`
    <p class="partial">
      ${job.settings.samples - failed} of ${job.settings.samples} done — ${failed} failed, not charged.
      ${pictures.length > 0
        ? html`<button class="button" @click=${again}>Retry ${failed === 1 ? "it" : "them"}</button>`
        : nothing}
    </p>
  `;
}

/** Seeds, time, cost, and what is left now, as far as they are known. @param {Subject} what */
function facts({ job, pictures }) {
  const seconds = job ? job.metrics.total_time : pictures[0]?.took;
  const [picture] = pictures;
  const cost = job ? costWords(job.metrics.cost, job.account) : costWords(picture?.cost, picture?.account ?? null);
  const mine = job && job.account === (key.value?.account ?? null) ? allowance.value : null;
  return [
    html`${pictures.length > 1 ? "Seeds" : "Seed"} ${pictures.map(seedButton)}`,
    seconds === undefined || seconds === null ? null : `${seconds.toFixed(1)} s`,
    cost,
    key.value ? balanceWords(mine?.credits) : freeWords(mine?.freeImagesLeft),
  ].filter((fact) => fact !== null);
}

/** @param {Picture} picture */
function seedButton({ settings: { seed } }) {
  return html`<button class="seed mono" title="Put this seed into the form, and lock it" aria-label="Use seed ${seed}"
    @click=${() => deeds.takeSeed(seed)}>${seed}</button>`;
}

/** @param {Job} job */
function problemCard(job) {
  const who = job.account === null ? null : { account: job.account };
  const problem = job.problem ?? emptyProblem(job);
  const { title, text, charged, actions } = explain(problem, { model: model.value, key: who, now: now.value });
  const requestId = problem.requestId ?? job.requestId;
  return html`
    <div class="problem" data-state=${job.state}>
      <h2>${job.state === "failed" ? icon("circle-alert") : nothing}${title}</h2>
      <p>${text}</p>
      <p>${charged}</p>
      <div class="row">${actions.map((action, at) => actionButton(action, job, at === 0))}</div>
      ${requestId ? requestLine(requestId) : nothing}
    </div>
  `;
}

/** @param {string} id */
function requestLine(id) {
  const copy = () => deeds.copy(id, "Request id copied.");
  return html`
    <p class="small muted request">
      Request <code>${id}</code>
      <button class="icon-button" aria-label="Copy the request id" title="Copy" @click=${copy}>${icon("copy")}</button>
    </p>
  `;
}

/** @param {Action} action @param {Job} job @param {boolean} first */
function actionButton(action, job, first) {
  const { label, href } = action;
  if (href) return html`<a class="button" href=${href} rel="noopener">${label} ${icon("external-link")}</a>`;
  return html`<button class="button ${first ? "primary" : ""}" @click=${() => take(action, job)}>${label}</button>`;
}

/** @param {Action} action @param {Job} job */
function take({ id, pictures }, job) {
  switch (id) {
    case "retry":
      jobDeeds.retry(job.id);
      return void jobDeeds.putAway(job.id);
    case "fewer":
      return void deeds.generateEach([{ ...job.settings, samples: pictures ?? 1 }]);
    case "edit-prompt":
      return deeds.edit(job.settings, true);
    case "edit-settings":
      deeds.edit(job.settings, false);
      return void mend(job.problem?.errors ?? []);
    case "key":
      return void (dialog.value = "key");
    case "forget-key":
      return forgetKey();
    case "look":
    case "reload":
      return location.reload();
  }
}

/** @param {Job} job @returns {import("../types.js").Problem} */
function emptyProblem({ state, requestId }) {
  return ownProblem(state === "canceled" ? "canceled" : "unknown", "", { requestId });
}

/** Its place among the open requests of this page, the oldest first. @param {Job} job */
function placeOf(job) {
  return openJobs.value.filter(({ createdAt }) => createdAt < job.createdAt).length + 1;
}

function openKey() {
  dialog.value = "key";
}

/** @param {Job | null} job */
function showJob(job) {
  if (job) shown.value = { job: job.id };
}

/** @param {(what: Subject) => unknown} deed */
function withSubject(deed) {
  const what = subject.peek();
  return what ? deed(what) : undefined;
}

/** @param {(what: Subject) => unknown} deed */
function withPictures(deed) {
  const what = subject.peek();
  return what && what.pictures.length > 0 ? deed(what) : undefined;
}

let touchedAt = { x: 0, y: 0, one: false };

/** @param {TouchEvent} event */
function swipeBegins({ touches }) {
  touchedAt = { x: touches[0].clientX, y: touches[0].clientY, one: touches.length === 1 };
}

/** @param {TouchEvent} event */
function swipeEnds({ changedTouches, touches }) {
  const [{ clientX, clientY }] = changedTouches;
  const [right, down] = [clientX - touchedAt.x, clientY - touchedAt.y];
  // A pinched page is moved about, not browsed.
  const pinched = (visualViewport?.scale ?? 1) > 1.01;
  const sideways = Math.abs(right) >= SWIPE_PX && Math.abs(right) > 2 * Math.abs(down);
  if (sideways && touchedAt.one && touches.length === 0 && !pinched) deeds.browse(right < 0 ? 1 : -1);
}
