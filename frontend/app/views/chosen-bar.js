// What can be done with the chosen pictures, at the foot of the window while any is chosen.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { counted, download, packing, starThem } from "../gallery-deeds.js";
import { chooseAll, chooseNone, chosen, found } from "../selection.js";
import { removeAndGoOn } from "./gallery-grid.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Picture} Picture */

export function chosenBar() {
  const those = chosen.value;
  if (those.length === 0) return packing.value ? html`<div class="chosen-bar card row">${progress()}</div>` : nothing;
  const all = found.value.length;
  return html`
    <div class="chosen-bar card row" role="group" aria-label="Chosen pictures">
      <button type="button" class="icon-button" aria-label="Choose none" title="Choose none (Esc)" @click=${chooseNone}>
        ${icon("x")}
      </button>
      <strong class="number">${those.length.toLocaleString("en")}<span class="wide"> chosen</span></strong>
      ${those.length < all
        ? html`<button type="button" class="button quiet" @click=${chooseAll}>All ${all.toLocaleString("en")}</button>`
        : nothing}
      <span class="row spacer">${packing.value ? progress() : saving(those)} ${starring(those)} ${deleting()}</span>
    </div>
  `;
}

/** @param {Picture[]} those */
function saving(those) {
  const several = those.length > 1;
  return html`
    <button type="button" class="button primary" title=${several ? `One zip of ${counted(those.length)}` : nothing}
      @click=${() => download(those)}>
      ${icon(several ? "file-archive" : "download")} <span class="wide">Download</span>
    </button>
  `;
}

/** @param {Picture[]} those */
function starring(those) {
  return html`
    <button type="button" class="button" @click=${() => starThem()}>
      ${icon("star")} <span class="wide">${those.every((picture) => picture.starred) ? "Unstar" : "Star"}</span>
    </button>
  `;
}

function deleting() {
  return html`
    <button type="button" class="button danger" title="Delete; starred pictures stay" @click=${() => removeAndGoOn()}>
      ${icon("trash-2")} <span class="wide">Delete</span>
    </button>
  `;
}

/** An archive on its way. */
export function progress() {
  const { done = 0, of = 1, stop } = packing.value ?? {};
  return html`
    <span class="packing row small">
      <label>
        Packing ${done.toLocaleString("en")} of ${of.toLocaleString("en")} <progress max=${of} value=${done}></progress>
      </label>
      <button type="button" class="button quiet" @click=${stop}>Stop</button>
    </span>
  `;
}
