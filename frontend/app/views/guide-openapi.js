// The OpenAPI document as a person reads it: fetched when it is opened, each route unfolded when it is.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { ApiError, getOpenApi } from "../api.js";
import { readOpenApi } from "../openapi.js";
import { explain } from "../problems.js";
import { breakable, fieldTable, withCode } from "./guide-tables.js";

/** @typedef {import("../openapi.js").Route} Route */
/** @typedef {import("../openapi.js").Body} Body */
/** @typedef {import("../openapi.js").Answer} Answer */
/** @typedef {import("../types.js").Problem} Problem */

const KEY = { needed: "needs a key", optional: "needs a key, but for a visitor's own request", none: "needs no key" };

const described = signal(/** @type {ReturnType<typeof readOpenApi> | null} */ (null));
const problem = signal(/** @type {Problem | null} */ (null));
// What was never opened is not rendered: all tables together are thousands of elements.
const opened = signal(/** @type {ReadonlySet<string>} */ (new Set()));

export function openapi() {
  return html`
    <p class="prose">
      The whole description, for people here and for tools at <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).
    </p>
    <details class="card" @toggle=${load}>
      <summary>Every route, with what it takes and what it answers</summary>
      ${problem.value ? broken(problem.value) : routes()}
    </details>
  `;
}

/** @param {Event} event */
async function load(event) {
  const { open } = /** @type {HTMLDetailsElement} */ (event.currentTarget);
  if (open && event.target === event.currentTarget && !described.value) await fetchIt();
}

async function fetchIt() {
  problem.value = null;
  try {
    described.value = readOpenApi(await getOpenApi());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem.value = error.problem;
  }
}

/** @param {Problem} known */
function broken(known) {
  const { title, text } = explain(known, { model: null, key: null, now: Date.now() });
  return html`
    <p>${title}. ${text}</p>
    <button type="button" class="button" @click=${fetchIt}>Try again</button>
  `;
}

function routes() {
  if (!described.value) return html`<p role="status" class="muted">Fetching it…</p>`;
  return described.value.groups.map(({ name, routes }) => html`<h3>${name}</h3>${routes.map(route)}`);
}

/** @param {Route} route */
function route({ id, method, path, summary, text, key, parameters, bodies, answers }) {
  const beside = parameters.map((each) => ({ ...each, type: `${each.type}, in the ${each.where}` }));
  const content = () => html`
    <div class="stack">
      <p class="muted">It ${KEY[key]}.</p>
      ${text && text !== summary ? html`<p>${withCode(text)}</p>` : nothing}
      ${beside.length ? html`<h4>Parameters</h4>${fieldTable(beside, `Parameters of ${method} ${path}`)}` : nothing}
      ${bodies.length ? html`<h4>Body</h4>${bodies.map((each) => body(each, `Body of ${method} ${path}`))}` : nothing}
      <h4>Answers</h4>
      ${answers.map((each) => answer(each, `${id} ${each.status}`))}
    </div>
  `;
  const told = html`
    <span class="route">
      <code><span class="method">${method}</span> ${breakable(path)}</code>
      <span class="muted small">${withCode(summary)}</span>
    </span>
  `;
  return folded(id, told, content);
}

/** @param {Answer} answer @param {string} id */
function answer({ status, text, headers, bodies }, id) {
  const told = html`<span><code>${status === "default" ? "4xx, 5xx" : status}</code> ${text}</span>`;
  if (!headers.length && !bodies.length) return html`<p class="bare">${told}</p>`;
  return folded(
    id,
    told,
    () => html`
      <div class="stack">
        ${bodies.map((each) => body(each, `Answer ${status}`))}
        ${headers.length ? html`<h5>Headers</h5>${fieldTable(headers, `Headers of answer ${status}`)}` : nothing}
      </div>
    `,
  );
}

/** @param {Body} body @param {string} caption */
function body({ kind, shape, text, fields }, caption) {
  return html`
    <p><code>${kind}</code>: ${shape}</p>
    ${text ? text.split("\n\n").map((part) => html`<p class="muted small">${withCode(part)}</p>`) : nothing}
    ${fields.length ? fieldTable(fields, caption) : nothing}
  `;
}

/** @param {string} id @param {unknown} summary @param {() => unknown} content */
function folded(id, summary, content) {
  return html`
    <details @toggle=${(/** @type {Event} */ event) => toggled(event, id)}>
      <summary>${summary}</summary>
      ${opened.value.has(id) ? content() : nothing}
    </details>
  `;
}

/** @param {Event} event @param {string} id */
function toggled(event, id) {
  if (event.target === event.currentTarget && !opened.value.has(id)) opened.value = new Set([...opened.value, id]);
}
