// What the server still has of a key's holder: each request with its prompt and cost; to be fetched, or erased.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { counted, open } from "../gallery-deeds.js";
import { brief } from "../job-words.js";
import { explain } from "../problems.js";
import { asking, erase, fetchPictures, history, isRead, readAnew, readOn, working } from "../server-requests.js";
import { asDollars } from "../settings.js";
import { dialog, key, model, pictures } from "../state.js";
import { icon } from "./shell.js";

/** @typedef {import("../api.js").Summary} Summary */
/** @typedef {import("../types.js").Problem} Problem */

const LONGEST_PROMPT = 400;
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The section "On the server". */
export function serverHistory() {
  if (!key.value) return forKeyHolders();
  if (!isRead()) {
    // Not while drawing: it changes what is drawn.
    queueMicrotask(readOn);
    return nothing;
  }
  const { account, lines, next, busy, problem } = history.value;
  return html`
    ${heading(account)}
    ${next === null && lines.length === 0 ? nothingThere() : nothing}
    <ol class="requests" role="list">${lines.map(line)}</ol>
    ${problem ? trouble(problem) : nothing}
    ${busy ? html`<p class="muted" role="status">Reading…</p>` : nothing}
    ${next && !busy && !problem ? html`<button type="button" class="button" @click=${readOn}>More</button>` : nothing}
  `;
}

function forKeyHolders() {
  return html`
    <div class="empty">
      ${icon("cloud")}
      <h3>For holders of a key</h3>
      <p>
        With a key, all its requests are listed here, whichever device or program made them. Without one, your pictures
        are in this browser alone.
      </p>
      <button type="button" class="button" aria-haspopup="dialog" @click=${() => (dialog.value = "key")}>
        ${icon("key-round")} Use a key
      </button>
    </div>
  `;
}

/** @param {string | null} account */
function heading(account) {
  const days = model.value?.retention_days;
  const kept = days === undefined ? "" : `; the server keeps them for ${days === 1 ? "a day" : `${days} days`}`;
  return html`
    <div class="row small">
      <p class="muted">All requests of “${account}”, from every device${kept}.</p>
      <button type="button" class="button quiet spacer" @click=${readAnew}>${icon("rotate-ccw")} Look again</button>
    </div>
  `;
}

function nothingThere() {
  return html`
    <div class="empty">
      <h3>The server has nothing of this key</h3>
      <p>Requests are listed here once they are made, from this page or by the API.</p>
    </div>
  `;
}

/** @param {Summary} summary */
function line(summary) {
  const { request_id: id, prompt, samples, images, metrics, created_at: created } = summary;
  const state = stateOf(summary);
  return html`
    <li class="card request">
      <div class="stack">
        <p class="prompt">
          ${prompt === null ? html`<span class="muted">No prompt any more</span>` : brief(prompt, LONGEST_PROMPT)}
        </p>
        <p class="row small muted facts">
          <time datetime=${created}>${WHEN.format(Date.parse(created))}</time>
          <span>${counted(isOver(summary) ? images.length : samples)}</span>
          ${typeof metrics.cost === "number" ? html`<span>${asDollars(metrics.cost)}</span>` : nothing}
          <span class="state" data-state=${state}>${state}</span>
        </p>
      </div>
      <div class="row">${buttons(summary, state === "expired")}</div>
      ${asking.value === id ? confirmation(summary) : nothing}
    </li>
  `;
}

/** @param {Summary} summary @param {boolean} expired */
function buttons(summary, expired) {
  const { request_id: id, prompt, images } = summary;
  const here = herePictures(id);
  const missing = images.filter(({ index }) => !here.some((picture) => picture.index === index)).length;
  const busy = working.value.has(id);
  return html`
    ${missing && !expired ? html`
      <button type="button" class="button" aria-disabled=${busy ? "true" : "false"}
        @click=${() => fetchPictures(summary)}>
        ${icon("download")} ${busy ? "Fetching…" : `Fetch ${counted(missing)}`}
      </button>
    ` : nothing}
    ${here.length ? html`
      <button type="button" class="button" @click=${() => open(here[here.length - 1].id)}>${icon("image")} Show</button>
    ` : nothing}
    ${isOver(summary) && !summary.erased && !expired ? html`
      <button type="button" class="icon-button" title="Erase on the server"
        aria-label="Erase on the server: ${brief(prompt ?? "", 60)}"
        aria-expanded=${asking.value === id ? "true" : "false"}
        @click=${() => (asking.value = asking.value === id ? null : id)}>${icon("trash-2")}</button>
    ` : nothing}
  `;
}

/** @param {Summary} summary */
function confirmation(summary) {
  const stays = herePictures(summary.request_id).length ? " What is on this device stays." : "";
  return html`
    <div class="row small asked" role="group" aria-label="Erase on the server">
      <span>Erase its pictures and prompt on the server for good?${stays}</span>
      <button type="button" class="button danger" @click=${() => erase(summary)}>Erase</button>
      <button type="button" class="button" @click=${() => (asking.value = null)}>Keep</button>
    </div>
  `;
}

/** @param {string} id */
function herePictures(id) {
  return pictures.value.filter((picture) => picture.requestId === id);
}

/** @param {Summary} summary */
function isOver({ status }) {
  return status === "COMPLETED" || status === "FAILED";
}

/** @param {Summary} summary */
function stateOf({ status, erased, expires_at: expires, images, samples }) {
  if (erased) return "erased";
  if (expires && images.length && Date.parse(expires) <= Date.now()) return "expired";
  if (status === "QUEUED") return "queued";
  if (status === "PROCESSING") return "running";
  if (status === "FAILED") return "failed";
  return images.length < samples ? `${images.length} of ${samples} done` : "done";
}

/** @param {Problem} problem */
function trouble(problem) {
  const { title, text } = explain(problem, { model: model.value, key: key.value, now: Date.now() });
  return html`
    <div class="card row trouble" role="alert">
      ${icon("circle-alert")}
      <p><strong>${title}.</strong> ${text}</p>
      <button type="button" class="button spacer" @click=${readOn}>Try again</button>
    </div>
  `;
}
