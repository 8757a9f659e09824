// The API tab: how to call the endpoint from one's own programs, with the settings that are in the form.

import { html } from "../../vendor/lit-html/lit-html.js";
import { explain } from "../problems.js";
import { asDollars } from "../settings.js";
import { model, modelProblem } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { getKey } from "./get-key.js";
import { code } from "./guide-code.js";
import { openapi } from "./guide-openapi.js";
import { errors, limits, parameters } from "./guide-tables.js";

/** @typedef {import("../types.js").Model} Model */

await needStyles("/styles/guide.css");

/** @type {[id: string, title: string, content: (model: Model) => unknown][]} */
const SECTIONS = [
  ["call", "Call it from your own programs", call],
  ["key", "Key, price and limits", keyAndLimits],
  ["parameters", "Parameters", parameters],
  ["answer", "What comes back", answer],
  ["errors", "Errors", errors],
  ["segmind", "Coming from Segmind", segmind],
  ["openapi", "All routes", openapi],
];

/** The whole view. */
export function guide() {
  const known = model.value;
  if (!known) return modelProblem.value ? broken(modelProblem.value) : waiting();
  return html`
    <div class="guide">
      <nav class="guide-contents small" aria-label="On this page">
        <ul>
          ${SECTIONS.map(
            ([id, title]) => html`
              <li><button type="button" class="button quiet" @click=${() => goTo(id)}>${title}</button></li>
            `,
          )}
        </ul>
      </nav>
      <div class="guide-text">
        ${SECTIONS.map(
          ([id, title, content]) => html`
            <section class="stack" aria-labelledby="guide-${id}">
              <h2 id="guide-${id}" tabindex="-1">${title}</h2>
              ${content(known)}
            </section>
          `,
        )}
      </div>
    </div>
  `;
}

function waiting() {
  return html`<p class="empty" role="status">Asking the API what it can do…</p>`;
}

/** @param {import("../types.js").Problem} problem */
function broken(problem) {
  const { title, text } = explain(problem, { model: null, key: null, now: Date.now() });
  return html`
    <div class="empty">
      <h2>${title}</h2>
      <p>${text}</p>
      <button type="button" class="button" @click=${() => location.reload()}>Reload the page</button>
    </div>
  `;
}

/** @param {Model} known */
function call(known) {
  return html`
    <p class="prose">
      One HTTP call makes the pictures: <code class="long">POST ${location.origin}/v1/${known.name}</code>. The code
      below asks for what is set up on <a href="#/create">Create</a>, and saves the pictures to files.
    </p>
    ${code(known)}
  `;
}

/** @param {Model} known */
function keyAndLimits(known) {
  return html`
    <p class="prose">
      A picture costs ${asDollars(known.price.per_image)}; one that fails costs nothing. The key goes into the header
      <code>x-api-key</code>. ${getKey(known.site)}.
    </p>
    ${limits(known)}
  `;
}

function answer() {
  return html`
    <div class="prose stack">
      <p>
        A request is <code>QUEUED</code>, then <code>PROCESSING</code>, and ends <code>COMPLETED</code> with at least
        one picture or <code>FAILED</code> with none. <code>/v1</code> waits for that up to 25 seconds, then answers 202
        with the address where the pictures will be: fetch it, and do not send the request again; <code>/v2</code>
        answers at once, or waits as long as <code>Prefer: wait=25</code> says. With an <code>Idempotency-Key</code> of
        your making, a call that is repeated within 24 hours is the same request, and is not charged a second time.
      </p>
      <p>
        The answer is JSON with a URL for each picture; with <code>Accept: image/*</code>, <code>/v1</code> sends the
        first picture itself. In the headers are what it cost (<code>x-cost</code>) and what is left
        (<code>x-remaining-credits</code>), in dollars.
      </p>
    </div>
  `;
}

/** @param {Model} known */
function segmind(known) {
  const changes = [
    ["Address", `https://api.segmind.com/v1/${known.name}`, `${location.origin}/v1/${known.name}`],
    ["SDK", "SegmindClient(api_key=…)", `SegmindClient(api_key=…, base_url="${location.origin}/v1")`],
    ["Key", "SG_…", "sasha_…"],
  ];
  return html`
    <p class="prose">A program that calls Segmind needs another address and another key, and nothing else.</p>
    <table class="plain">
      <caption class="visually-hidden">What changes</caption>
      <thead><tr><td></td><th scope="col">At Segmind</th><th scope="col">Here</th></tr></thead>
      <tbody>
        ${changes.map(
          ([what, there, here]) => html`
            <tr>
              <th scope="row">${what}</th>
              <td class="aside" data-label="At Segmind"><code>${there}</code></td>
              <td class="aside" data-label="Here"><code>${here}</code></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
    <p class="prose warning">
      Of the SDK use only <code>run</code>, <code>run_sync</code> and <code>submit_async</code>. Its other parts
      (<code>generations</code>, <code>models</code>, <code>accounts</code>, <code>files</code>, <code>webhooks</code>
      and so on) call Segmind's own hosts, and would send them the key that you have for this site.
    </p>
  `;
}

/** @param {string} id */
function goTo(id) {
  const heading = document.getElementById(`guide-${id}`);
  heading?.scrollIntoView();
  heading?.focus({ preventScroll: true });
}
