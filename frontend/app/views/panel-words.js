// What opens under the prompt: the negative prompt, and styles that put a few words into the prompt.

import { html } from "../../vendor/lit-html/lit-html.js";
import { judge, put, typedPrompt, valueOf } from "../form.js";
import { hasStyle, STYLES, toggleStyle } from "../styles.js";
import { described, faultLine, invalid, typing } from "./panel-fields.js";

/** @typedef {import("../settings.js").Field} Field */

/** @param {Field} field */
export function negativePart(field) {
  const id = `panel-${field.name}`;
  return html`
    <div class="field">
      <label for=${id}>${field.label}</label>
      <textarea id=${id} name=${field.name} rows="2" dir="auto" placeholder="blurry, text, watermark"
        .value=${String(valueOf(field) ?? "")} aria-invalid=${invalid(field.name)}
        aria-describedby=${described(field.name, field.hint && `hint-${field.name}`)}
        @input=${typing(field.name)} @change=${() => judge(field.name)}></textarea>
      ${faultLine(field.name)}
      <p class="hint" id="hint-${field.name}">${field.hint}</p>
    </div>
  `;
}

/** Toggles: pressed is what the prompt says, whoever wrote it. */
export function stylePart() {
  const prompt = typedPrompt.value;
  const toggle = (/** @type {import("../styles.js").Style} */ style) =>
    put({ prompt: toggleStyle(typedPrompt.peek(), style) });
  return html`
    <div class="row" role="group" aria-label="Styles">
      ${STYLES.map((style) => html`<button class="chip" type="button" aria-pressed=${hasStyle(prompt, style)}
        title=${style.words} @click=${() => toggle(style)}>${style.name}</button>`)}
    </div>
    <p class="hint small muted">A style adds its words to the prompt, or takes them out.</p>
  `;
}
