// The settings that most people never touch, and a control for whatever the API learns that this page does not know.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { letSettingsIn, settingsGoIn } from "../downloads.js";
import { judge, put, textOf, valueOf, write } from "../form.js";
import { changed, defaults, shown } from "../settings.js";
import { fillForm, model, notify, settings } from "../state.js";
import { described, faultLine, invalid, resetDot, textIn, typing } from "./panel-fields.js";

/** @typedef {import("../settings.js").Field} Field */

/** @type {Record<string, string>} */
const SCHEDULERS = {
  DDIM: "plain and predictable",
  "DPM Multi": "sharp, in few steps",
  "DPM Single": "sharp, slower per step",
  "Euler a": "lively, changes with the steps",
  Euler: "simple and soft",
  Heun: "fine detail, twice the work",
  "DPM2 a Karras": "lively and detailed",
  "DPM2 Karras": "detailed, twice the work",
  LMS: "soft, wants more steps",
  PNDM: "quick and even",
  DDPM: "noisy, wants many steps",
  UniPC: "clean, in few steps",
};

const metadata = signal(settingsGoIn());

/** @param {Field[]} fields */
export function advancedPart(fields) {
  return html`<div class="stack">
    ${fields.map(control)}
    <label class="panel-switch">
      <input type="checkbox" role="switch" .checked=${metadata.value} @change=${keepMetadata}>
      <span>Write the settings into downloaded files
        <span class="hint small muted">Dropping such a file on this page brings them back.</span></span>
    </label>
  </div>`;
}

/** Everything but the prompt as the API has it by default; one Undo brings it back. */
export function resetAll() {
  const known = model.peek();
  const before = settings.peek();
  if (!known || !before || changed(before, known).length === 0) return;
  fillForm({ ...defaults(known), prompt: before.prompt }, "All settings but the prompt are the defaults again.");
  document.querySelector(/** @type {"summary"} */ ("#panel summary"))?.focus();
}

/** @param {Field} field */
function control(field) {
  if (field.type === "switch") return switchField(field);
  const input = { int: numberInput, number: numberInput, choice: choiceInput, text: textInput }[field.type];
  const id = `panel-${field.name}`;
  return html`
    <div class="field">
      <div class="row"><label class="label" for=${id}>${field.label}</label>${resetDot(field)}</div>
      ${input(field, id)} ${faultLine(field.name)}
      ${field.hint ? html`<p class="hint" id="hint-${field.name}">${field.hint}</p>` : nothing}
    </div>
  `;
}

/**
 * A slider and a field for the same number; without both ends the field alone.
 * @param {Field} field @param {string} id
 */
function numberInput(field, id) {
  const { name, minimum, maximum, label, optional } = field;
  const value = valueOf(field);
  const number = Number.isFinite(value) ? Number(value) : Math.min(Math.max(0, minimum ?? 0), maximum ?? 0);
  const slide = (/** @type {Event} */ event) => {
    write(field, textIn(event));
    judge(name);
  };
  const slider = html`<input type="range" min=${minimum} max=${maximum} step=${field.step} aria-label="${label}, slider"
    ?data-empty=${value === null} .value=${String(number)} @input=${slide}>`;
  return html`<div class="panel-number">
    ${minimum !== null && maximum !== null ? slider : nothing}
    <input id=${id} name=${name} inputmode=${minimum === null || minimum < 0 ? "text" : "decimal"} spellcheck="false"
      placeholder=${optional ? "none" : ""} .value=${textOf(field)} aria-invalid=${invalid(name)}
      aria-describedby=${hinted(field)} @input=${(/** @type {Event} */ event) => write(field, textIn(event))}
      @change=${() => judge(name)} @keydown=${(/** @type {KeyboardEvent} */ event) => nudge(event, field)}>
  </div>`;
}

/** @param {Field} field */
function hinted({ name, hint }) {
  return described(name, hint && `hint-${name}`);
}

/** Up and down count in the field as they do on the slider. @param {KeyboardEvent} event @param {Field} field */
function nudge(event, field) {
  const step = { ArrowUp: field.step, ArrowDown: -field.step }[event.key];
  const value = valueOf(field);
  if (!step || event.ctrlKey || event.metaKey || !Number.isFinite(value)) return;
  event.preventDefault();
  const next = Math.min(Math.max(Number(value) + step, field.minimum ?? -Infinity), field.maximum ?? Infinity);
  write(field, String(Number(next.toFixed(6))));
  judge(field.name);
}

/** @param {Field} field @param {string} id */
function choiceInput(field, id) {
  const value = valueOf(field);
  const choices = field.optional ? [null, ...field.choices] : field.choices;
  const choose = (/** @type {Event} */ event) => {
    const { selectedIndex } = /** @type {HTMLSelectElement} */ (event.currentTarget);
    put({ [field.name]: choices[selectedIndex] });
  };
  return html`<select id=${id} name=${field.name} aria-invalid=${invalid(field.name)} aria-describedby=${hinted(field)}
    @change=${choose}>
    ${choices.map((choice) => html`<option .selected=${choice === value}>${choiceWords(field, choice)}</option>`)}
  </select>`;
}

/** @param {Field} field @param {string | number | null} choice */
function choiceWords(field, choice) {
  if (choice === null) return "none";
  const name = typeof choice === "number" ? shown(choice) : choice;
  const does = field.name === "scheduler" && Object.hasOwn(SCHEDULERS, name) ? `: ${SCHEDULERS[name]}` : "";
  return `${name}${choice === field.default ? " (default)" : ""}${does}`;
}

/** @param {Field} field @param {string} id */
function textInput(field, id) {
  return html`<textarea id=${id} name=${field.name} rows="1" dir="auto" .value=${String(valueOf(field) ?? "")}
    aria-invalid=${invalid(field.name)} aria-describedby=${hinted(field)}
    @input=${typing(field.name)} @change=${() => judge(field.name)}></textarea>`;
}

/** @param {Field} field */
function switchField(field) {
  const turn = (/** @type {Event} */ event) => {
    put({ [field.name]: /** @type {HTMLInputElement} */ (event.currentTarget).checked });
  };
  return html`<label class="panel-switch">
    <input id="panel-${field.name}" type="checkbox" role="switch" .checked=${valueOf(field) === true} @change=${turn}>
    <span>${field.label} ${field.hint ? html`<span class="hint small muted">${field.hint}</span>` : nothing}</span>
  </label>`;
}

/** @param {Event} event */
function keepMetadata(event) {
  metadata.value = /** @type {HTMLInputElement} */ (event.currentTarget).checked;
  try {
    letSettingsIn(metadata.value);
  } catch {
    notify("This browser does not let it be kept: the settings are written.", { kind: "bad" });
    metadata.value = true;
  }
}
