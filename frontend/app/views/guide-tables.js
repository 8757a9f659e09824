// The tables of the API tab: limits, parameters, errors, and the fields of any schema.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { fieldsOf } from "../openapi.js";
import { ERRORS } from "./guide-errors.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../openapi.js").Field} Field */

/** @param {Model} model */
export function limits({ limits, retention_days: days, parameters }) {
  const free = limits.guest_images_per_day;
  const rows = [
    ["Requests for pictures", `${limits.requests_per_minute} a minute, or what your account was given`],
    ["Asking how far they are", "not limited"],
    ["Pictures in one request", String(parameters.properties.samples?.maximum ?? 1)],
    ["Free pictures", free > 0 ? `${free} a day on this page, without a key` : "none"],
    ["Pictures are kept", `${count(days, "day")}, then deleted`],
    ["A picture's URL works", `${duration(limits.url_lifetime_s)}; its permalink as long as the picture is kept`],
  ];
  return html`
    <table class="plain">
      <caption class="visually-hidden">Limits</caption>
      <tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody>
    </table>
  `;
}

/** @param {Model} model */
export function parameters({ parameters }) {
  return html`
    <p class="prose">
      The body is a JSON object. Only the prompt is required; a name that is not here is refused, since a typo would
      cost money.
    </p>
    ${fieldTable(fieldsOf(parameters, parameters), "Parameters")}
  `;
}

export function errors() {
  return html`
    <p class="prose">
      An error is <code>application/problem+json</code>: <code>code</code> for your program, <code>detail</code> for
      people, <code>retryable</code>, and <code>billed</code>. What is not delivered is not charged. A request that
      failed on <code>/v2</code> answers 422 with its code.
    </p>
    <table class="plain">
      <caption class="visually-hidden">Error codes</caption>
      <thead><tr>${["Code", "HTTP", "Meaning", "Charged?"].map(column)}</tr></thead>
      <tbody>
        ${ERRORS.map(
          ({ code, status, text, charged }) => html`
            <tr>
              <th scope="row"><code>${breakable(code)}</code></th>
              <td>${status}</td>
              <td>${withCode(text)}</td>
              <td class="aside" data-label="Charged">${charged}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

/** @param {Field[]} fields @param {string} caption */
export function fieldTable(fields, caption) {
  return html`
    <table class="plain">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>${["Name", "Type", "Meaning"].map(column)}</tr></thead>
      <tbody>${fields.map(fieldRow)}</tbody>
    </table>
  `;
}

/** @param {string} name */
function column(name) {
  return html`<th scope="col">${name}</th>`;
}

/** @param {Field} field */
function fieldRow({ name, type, required, text, otherwise, choices }) {
  return html`
    <tr>
      <th scope="row">
        <code>${breakable(name)}</code> ${required ? html`<span class="required">required</span>` : nothing}
      </th>
      <td>${type} ${choices.map((each, at) => html`${at ? ", " : ""}<code>${each}</code>`)}</td>
      <td>
        ${withCode(text)}
        ${otherwise ? html`<span class="muted">Default <code>${otherwise}</code></span>` : nothing}
      </td>
    </tr>
  `;
}

/** A long name that may be broken where its words end. @param {string} name */
export function breakable(name) {
  return name.split(/(?<=[_./])/).map((part, at) => html`${at ? html`<wbr>` : nothing}${part}`);
}

/** What stands between `backticks` as code. @param {string} text */
export function withCode(text) {
  return text.split("`").map((part, at) => (at % 2 ? html`<code>${part}</code>` : part));
}

/** @param {number} number @param {string} unit */
function count(number, unit) {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds % 3600 === 0) return count(seconds / 3600, "hour");
  return seconds >= 60 ? count(Math.floor(seconds / 60), "minute") : count(seconds, "second");
}
