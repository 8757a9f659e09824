// The dialog of the API key: to paste one, which is checked before it is kept; to see the one in use, and to forget it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { batch, effect, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { forgetKey, useKey } from "../account.js";
import { explain } from "../problems.js";
import { asDollars } from "../settings.js";
import { allowance, dialog, key, model, notify, siteName } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { closeSheet, sheet } from "./dialog.js";
import { getKey } from "./get-key.js";
import { icon } from "./shell.js";

// Of the secret part, as much as the owner's own list of keys shows.
const SHOWN_OF_SECRET = 4;
const SEGMINDS_KEY = /^SG_/;

await needStyles("/styles/guide.css");
const visible = signal(false);
const checking = signal(false);
const fault = signal("");

effect(() => {
  if (dialog.value === "key") return;
  batch(() => {
    visible.value = false;
    checking.value = false;
    fault.value = "";
  });
});

/** The dialog's content, for the key in use or for a new one. */
export function keyDialog() {
  return sheet("key", "API key", key.value ? inUse(key.value) : entry());
}

/** Enough of a key to recognise it. @param {import("../types.js").Key} key */
export function masked({ value, account }) {
  return `${value.slice(0, `sasha_${account}_`.length + SHOWN_OF_SECRET)}…`;
}

/** @param {import("../types.js").Key} used */
function inUse(used) {
  const { credits } = allowance.value;
  return html`
    <div class="stack">
      <dl class="facts">
        <dt>Key</dt>
        <dd class="mono">${masked(used)}</dd>
        <dt>Account</dt>
        <dd>${used.account}</dd>
        <dt>Balance</dt>
        <dd>${credits === null ? "not known yet" : asDollars(credits)}</dd>
        <dt>Kept</dt>
        <dd>${used.remembered ? "in this browser, until you forget it" : "until this tab is closed"}</dd>
      </dl>
      <div class="row">
        <button type="button" class="button danger" @click=${forget}>${icon("trash-2")} Forget this key</button>
        <button type="button" class="button spacer" @click=${closeSheet}>Done</button>
      </div>
    </div>
  `;
}

function entry() {
  const price = model.value && asDollars(model.value.price.per_image);
  const label = visible.value ? "Hide the key" : "Show the key";
  return html`
    <form class="stack" novalidate @submit=${use}>
      <p>With a key you go on where the free pictures end${price ? `; each picture costs ${price}` : nothing}.</p>
      <input hidden autocomplete="username" name="username" value=${siteName.value}>
      <div class="field">
        <label for="api-key">Your key</label>
        <div class="entry">
          <input id="api-key" name="key" type=${visible.value ? "text" : "password"} class="mono" autofocus
            autocomplete="current-password" autocapitalize="off" autocorrect="off" spellcheck="false"
            aria-describedby="api-key-hint api-key-fault" aria-invalid=${fault.value ? "true" : "false"}
            @input=${() => (fault.value = "")}>
          <button type="button" class="icon-button" aria-label=${label} title=${label}
            @click=${() => (visible.value = !visible.value)}>${icon(visible.value ? "eye-off" : "eye")}</button>
        </div>
        <p id="api-key-fault" class="fault" role="alert">${fault.value}</p>
        <p id="api-key-hint" class="hint">
          It looks like <code>sasha_name_</code> and 32 more letters and digits. ${getKey(model.value?.site)}.
        </p>
      </div>
      <div class="field">
        <label class="choice">
          <input type="checkbox" name="remember" aria-describedby="remember-hint"> Remember on this device
        </label>
        <p id="remember-hint" class="hint">
          Only on a device of your own. Otherwise the key is forgotten when this tab is closed. It is sent to this site
          alone.
        </p>
      </div>
      <div class="row">
        <button class="button primary" aria-busy=${checking.value ? "true" : "false"}>
          ${checking.value ? "Checking…" : "Use this key"}
        </button>
      </div>
    </form>
  `;
}

/** @param {SubmitEvent} event */
async function use(event) {
  event.preventDefault();
  if (checking.value) return;
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("key"));
  const value = field.value.trim();
  const remember = /** @type {HTMLInputElement} */ (form.elements.namedItem("remember")).checked;
  fault.value = unusable(value);
  if (!fault.value) {
    checking.value = true;
    fault.value = await refused(value, remember);
    checking.value = false;
  }
  if (fault.value) return field.focus();
  if (dialog.value === "key") closeSheet(event);
  const { credits } = allowance.value;
  const balance = credits === null ? "" : ` Balance: ${asDollars(credits)}.`;
  notify(`The key of ${key.value?.account ?? "your account"} is in use.${balance}`);
}

/** What can be said of a key without asking anybody. @param {string} value */
function unusable(value) {
  if (!value) return "Paste your key here first.";
  if (SEGMINDS_KEY.test(value)) {
    return "That looks like a key of Segmind's own, so it was not sent. Keys of this site begin with sasha_.";
  }
  // Anything else could not be sent in a header.
  if (/^[\x21-\x7e]+$/.test(value)) return "";
  return "There are spaces or other characters in it that no key has. Was something else pasted?";
}

/** Why the key is not in use now; "" if it is. @param {string} value @param {boolean} remember */
async function refused(value, remember) {
  const problem = await useKey(value, { remember });
  if (!problem) return "";
  const { title, text } = explain(problem, { model: model.value, key: null, now: Date.now() });
  return problem.status === 401 ? text : `${title}. ${text} The key was not checked.`;
}

/** @param {Event} event */
function forget(event) {
  closeSheet(event);
  forgetKey();
  notify("The key is forgotten in this browser. It still works elsewhere.");
}
