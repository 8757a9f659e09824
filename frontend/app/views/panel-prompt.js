// What helps with the prompt: those of before, how to write one, and the keys that weight a word.

import { html } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { put, typedPrompt } from "../form.js";
import { fillForm, settings } from "../state.js";
import { weigh } from "../weights.js";
import { textIn } from "./panel-fields.js";

const MOST_SHOWN = 50;

const past = signal(/** @type {string[] | null} */ (null));
const sought = signal("");

/** Reads the prompts anew; the menu shows the old ones until then. */
export async function opened() {
  sought.value = "";
  try {
    past.value = await (await import("../library.js")).prompts();
  } catch (error) {
    console.warn(error);
    past.value ??= [];
  }
  // On a touch screen the focus would call up the keyboard, over the list.
  if (matchMedia("(pointer: fine)").matches) document.getElementById("history-search")?.focus();
}

/** The prompts that were used, the latest first. */
export function history() {
  if (past.value === null) return html`<p class="muted">One moment…</p>`;
  if (past.value.length === 0) {
    return html`<p class="muted">Prompts that you generate with are listed here, on this device alone.</p>`;
  }
  const word = sought.value.trim().toLowerCase();
  const found = past.value.filter((prompt) => prompt.toLowerCase().includes(word)).slice(0, MOST_SHOWN);
  return html`
    <label class="visually-hidden" for="history-search">Search the prompts</label>
    <input id="history-search" type="search" placeholder="Search" .value=${sought.value} @keydown=${walk}
      @input=${(/** @type {Event} */ event) => (sought.value = textIn(event))}>
    <ul class="panel-history" @keydown=${walk}>
      ${found.map((prompt) => html`<li>
        <button class="button quiet" type="button" dir="auto" title=${prompt}
          @click=${() => take(prompt)}>${prompt}</button>
      </li>`)}
    </ul>
    ${found.length === 0 ? html`<p class="muted">None has these words.</p>` : ""}
  `;
}

export function tips() {
  return html`
    <dl class="panel-tips small">
      <dt><code>{red|blue} fox</code></dt>
      <dd>Pictures of each: every combination, up to 24 prompts. <code>\\{</code> is a plain brace.</dd>
      <dt><code>(snow:1.2)</code></dt>
      <dd>Counts more, below 1 less. <kbd>Ctrl</kbd> <kbd>↑</kbd> or <kbd>↓</kbd> weights the word at the caret.</dd>
      <dt><kbd>Ctrl</kbd> or <kbd>⌘</kbd> <kbd>Enter</kbd></dt>
      <dd>Generates, from anywhere in the form.</dd>
    </dl>
  `;
}

/** Puts a prompt of before into the form; the one that was there is an Undo away. @param {string} prompt */
function take(prompt) {
  const [before, typed] = [settings.peek(), typedPrompt.peek()];
  if (before && typed.trim() && typed !== prompt) fillForm({ ...before, prompt }, "The prompt was replaced.");
  else put({ prompt });
  document.getElementById("prompt-history")?.hidePopover();
  document.getElementById("panel-prompt")?.focus();
}

/** Up and down in the list; from the first back to the search. @param {KeyboardEvent} event */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const stops = [...document.querySelectorAll(/** @type {"button"} */ ("#history-search, .panel-history button"))];
  stops[stops.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement)) + step]?.focus();
}

/**
 * Weights the selected words, as typing would: so the browser's own undo takes it back.
 * @param {HTMLTextAreaElement} field @param {1 | -1} direction
 */
export function weighWord(field, direction) {
  const { value, selectionStart, selectionEnd } = field;
  const { text, start, end } = weigh(value, selectionStart, selectionEnd, direction);
  if (text === value) return;
  let from = 0;
  while (from < text.length && text[from] === value[from]) from += 1;
  let tail = 0;
  while (tail < Math.min(text.length, value.length) - from && text.at(-1 - tail) === value.at(-1 - tail)) tail += 1;
  field.setSelectionRange(from, value.length - tail);
  const word = text.slice(from, text.length - tail);
  if (!document.execCommand(word ? "insertText" : "delete", false, word) || field.value !== text) put({ prompt: text });
  field.setSelectionRange(start, end);
}
