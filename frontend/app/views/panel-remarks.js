// Why the next request would be refused for want of money or free pictures, and what helps.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { asDollars } from "../settings.js";
import { allowance, dialog, key, model } from "../state.js";
import { icon } from "./shell.js";

/** @param {number} wanted pictures */
export function shortOf(wanted) {
  const getKeyUrl = model.value?.site?.get_key_url;
  return html`
    <p>${key.value ? creditsLeft() : freeLeft(wanted)}</p>
    <div class="row">
      <button class="button" type="button" aria-haspopup="dialog" @click=${() => (dialog.value = "key")}>
        ${icon("key-round")} ${key.value ? "Change the key" : "Add a key"}
      </button>
      ${getKeyUrl ? html`<a href=${getKeyUrl} rel="noopener">${key.value ? "Top up" : "Get a key"}</a>` : nothing}
    </div>
  `;
}

function creditsLeft() {
  return `Your balance is ${asDollars(Math.max(0, allowance.value.credits ?? 0))}: less than this costs.`;
}

/** @param {number} wanted */
function freeLeft(wanted) {
  const { freeImagesLeft: left, resetsAt } = allowance.value;
  if (model.value?.limits.guest_images_per_day === 0) return "Making pictures here takes an API key.";
  if (left) return `${left} free ${left === 1 ? "picture is" : "pictures are"} left today, and this makes ${wanted}.`;
  if (resetsAt === null) return "No free pictures are left today.";
  return `Next free pictures at ${new Date(resetsAt).toISOString().slice(11, 16)} UTC.`;
}
