// The code of the API tab: one tab per language, to copy, with the key shown only while its owner wants to see it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { effect, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { asDollars, defaults, priceOf } from "../settings.js";
import { snippets } from "../snippets.js";
import { announce, key, notify, route, settings } from "../state.js";
import { expand } from "../wildcards.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").Settings} Settings */
/** @typedef {import("../snippets.js").Snippet} Snippet */

const COPIED_MS = 2000;

const language = signal(/** @type {import("../snippets.js").Language} */ ("curl"));
const base64 = signal(false);
const revealed = signal(false);
const copied = signal(false);

// A key that was shown once is not shown again by itself.
effect(() => {
  if (route.value !== "api" || key.value === null) revealed.value = false;
});

/** @param {Model} model */
export function code(model) {
  const { asked, remark } = request(model);
  const keyShown = revealed.value && key.value ? key.value.value : null;
  const all = snippets(asked, { origin: location.origin, model: model.name, keyShown, base64: base64.value });
  const chosen = all.find((each) => each.id === language.value) ?? all[0];
  return html`
    <div class="guide-code">
      <div role="tablist" aria-label="Language" @keydown=${move}>${all.map((each) => tab(each, each === chosen))}</div>
      ${all.map((each) => panel(each, each === chosen, keyShown !== null))}
      <div class="row small">
        <label class="choice">
          <input type="checkbox" .checked=${base64.value} @change=${() => (base64.value = !base64.value)}>
          Pictures inside the answer (base64)
        </label>
        ${key.value ? revealer() : nothing}
        <span class="muted spacer">${told(asked)}: ${asDollars(priceOf(asked, model))}</span>
      </div>
      ${remark ? html`<p class="muted small">${remark}</p>` : nothing}
    </div>
  `;
}

/**
 * What the form asks for, as one request that the API takes, and what was done to make it one.
 * @param {Model} model @returns {{asked: Settings, remark: string}}
 */
function request(model) {
  const form = settings.value ?? defaults(model);
  if (!form.prompt.trim()) {
    const example = model.parameters.properties.prompt?.examples?.[0];
    return {
      asked: { ...form, prompt: typeof example === "string" ? example : "a red fox in the snow" },
      remark: "There is no prompt in the form yet: this is an example.",
    };
  }
  const { prompts, total, error } = expand(form.prompt);
  if (!prompts[0]) return { asked: form, remark: error ?? "" };
  const remark = total > 1 ? `Wildcards are this page's, not the API's: this is the first of ${total} prompts.` : "";
  return { asked: { ...form, prompt: prompts[0] }, remark };
}

/** @param {Settings} asked */
function told({ samples, img_width: width, img_height: height }) {
  return `${samples === 1 ? "1 picture" : `${samples} pictures`}, ${width} × ${height}`;
}

/** @param {Snippet} snippet @param {boolean} selected */
function tab({ id, title }, selected) {
  return html`
    <button type="button" role="tab" id="code-tab-${id}" aria-controls="code-${id}" aria-selected=${selected}
      tabindex=${selected ? 0 : -1} @click=${() => (language.value = id)}>${title}</button>
  `;
}

/** @param {Snippet} snippet @param {boolean} selected @param {boolean} keyIsShown */
function panel({ id, needs, code }, selected, keyIsShown) {
  return html`
    <div role="tabpanel" id="code-${id}" aria-labelledby="code-tab-${id}" tabindex="0" ?hidden=${!selected}>
      <div class="guide-needs">
        <p class="muted small">
          Needs ${needs}.
          ${keyIsShown
            ? "Your key is in the code: keep it to yourself."
            : html`The key is read from the environment: <code>export API_KEY=…</code>`}
        </p>
        <button type="button" class="button" @click=${() => copy(code)}>
          ${icon(copied.value ? "check" : "copy")} ${copied.value ? "Copied" : "Copy"}
        </button>
      </div>
      <pre class="code" dir="ltr" translate="no"><code>${code}</code></pre>
    </div>
  `;
}

function revealer() {
  return html`
    <button type="button" class="button quiet" @click=${() => (revealed.value = !revealed.value)}>
      ${icon(revealed.value ? "eye-off" : "eye")} ${revealed.value ? "Hide my key" : "Show my key"}
    </button>
  `;
}

/** Arrow keys, Home and End go from tab to tab, as in every list of tabs. @param {KeyboardEvent} event */
function move(event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  const at = tabs.findIndex((each) => each === event.target);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  const next = to === undefined || at < 0 ? undefined : tabs.at(to % tabs.length);
  if (!next) return;
  event.preventDefault();
  next.click();
  next.focus();
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const shown = document.querySelector("#guide [role=tabpanel]:not([hidden]) pre");
    if (shown) getSelection()?.selectAllChildren(shown);
    notify("The browser did not let the page copy. The code is selected: copy it from there.");
    return;
  }
  copied.value = true;
  announce("The code is copied.");
  setTimeout(() => (copied.value = false), COPIED_MS);
}
