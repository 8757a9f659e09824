// The keys that the page knows, and the switch for those that are a single letter (WCAG 2.1.4).

import { html } from "../../vendor/lit-html/lit-html.js";
import { singleKeys } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { sheet } from "./dialog.js";

const STORED_AS = "sasha.shortcuts";
const CONTROL = /Mac|iP(hone|ad|od)/.test(navigator.platform) ? "⌘" : "Ctrl";

/** @type {[string[], string][]} */
const ALWAYS = [
  [[CONTROL, "Enter"], "Generate, from wherever you are in the form"],
  [[CONTROL, "↑"], "Weigh the word at the cursor more"],
  [[CONTROL, "↓"], "Weigh it less"],
  [["Esc"], "Close what is open; never cancels a request"],
];
/** @type {[string[], string][]} */
const SINGLE = [
  [["←", "→"], "The picture before, the picture after"],
  [["F"], "Star it, or take the star away"],
  [["R"], "Remix: its settings into the form, with a new seed"],
  [["D"], "Download it"],
  [["C"], "Its code, for your own programs"],
  [["I"], "Its details"],
  [["/"], "Search the gallery"],
  [["?"], "This list"],
];

await needStyles("/styles/guide.css");

/** The dialog's content. */
export function shortcutsDialog() {
  return sheet(
    "shortcuts",
    "Keyboard shortcuts",
    html`
      <div class="stack">
        <table class="plain keys">
          <caption class="visually-hidden">Shortcuts that always work</caption>
          <tbody>${ALWAYS.map(row)}</tbody>
        </table>
        <label class="choice">
          <input type="checkbox" role="switch" .checked=${singleKeys.value} @change=${change}> Single-key shortcuts
        </label>
        <table class="plain keys" ?data-off=${!singleKeys.value}>
          <caption class="visually-hidden">Single keys, where nothing is being typed</caption>
          <tbody>${SINGLE.map(row)}</tbody>
        </table>
        <p class="muted small">
          They work where nothing is being typed. Switch them off if you speak to your computer, or hit keys by chance.
        </p>
      </div>
    `,
  );
}

/** @param {[string[], string]} shortcut */
function row([keys, text]) {
  const between = keys[0] === CONTROL ? " + " : " ";
  return html`
    <tr>
      <th scope="row">${keys.map((key, at) => html`${at ? between : ""}<kbd>${key}</kbd>`)}</th>
      <td>${text}</td>
    </tr>
  `;
}

/** @param {Event} event */
function change(event) {
  singleKeys.value = /** @type {HTMLInputElement} */ (event.currentTarget).checked;
  try {
    if (singleKeys.value) localStorage.removeItem(STORED_AS);
    else localStorage.setItem(STORED_AS, "off");
  } catch {
    // No storage: it cannot be kept beyond this page.
  }
}
