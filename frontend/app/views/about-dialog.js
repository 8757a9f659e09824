// The plain notice: what is stored where, for how long, who is told, and how to get rid of it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { model } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { closeSheet, sheet } from "./dialog.js";
import { icon } from "./shell.js";

await needStyles("/styles/guide.css");

/** The dialog's content; days and links are the site's own. */
export function aboutDialog() {
  const days = model.value?.retention_days;
  const kept = days === undefined ? "a few days" : days === 1 ? "1 day" : `${days} days`;
  return sheet(
    "about",
    "What is stored, and for how long",
    html`
      <div class="stack prose">
        <h3>What leaves this device</h3>
        <p>
          Your prompt and settings go to this site's server, and from there to Segmind, which draws the pictures. No one
          else is told: the page loads nothing from other sites, and sets no cookies.
        </p>
        <h3>On the server</h3>
        <p>
          Pictures and prompts are kept for ${kept}, then deleted. To count the free pictures, whoever has no key is
          told apart by a hash of the network address, which is another one every day. An account's book-keeping (when,
          how many, how much) stays; prompts are not in it.
        </p>
        <h3>In this browser</h3>
        <p>
          The history, your drafts and your settings are here alone; another device does not see them. A key stays until
          the tab is closed, or until you forget it if you chose to have it remembered.
        </p>
        <h3>Getting rid of it</h3>
        <p>
          Deleting a picture in the gallery deletes the server's copy too, once its Undo has gone. Clearing this device
          removes all that this browser keeps, the key included.
        </p>
        <div class="row">
          <button type="button" class="button danger" aria-haspopup="dialog" @click=${clear}>
            ${icon("trash-2")} Clear this device…
          </button>
        </div>
        ${links()}
      </div>
    `,
  );
}

/** @param {Event} event */
function clear(event) {
  closeSheet(event, "clear");
}

/** The owner's own pages, as far as there are any. */
function links() {
  const { terms_url: terms, privacy_url: privacy, contact_url: contact } = model.value?.site ?? {};
  const given = [
    { url: terms, label: "Terms" },
    { url: privacy, label: "Privacy" },
    { url: contact, label: "Report a picture" },
  ].filter(({ url }) => url);
  if (!given.length) return nothing;
  const shown = given.map(({ url, label }) => html`<a href=${url} rel="noopener">${label}</a>`);
  return html`<p class="row links">${shown}</p>`;
}
