// All settings of what the stage shows, each to be copied; reading them changes nothing in the form.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { costWords } from "../job-words.js";
import { isExpired } from "../keeping.js";
import { remix, reuse } from "../picture-deeds.js";
import { field } from "../settings.js";
import { subject } from "../showing.js";
import { model } from "../state.js";
import { needStyles } from "../styles-on-demand.js";
import { closeSheet, sheet } from "./dialog.js";
import { icon } from "./shell.js";

/** @typedef {import("../showing.js").Subject} Subject */
/** @typedef {[label: string, value: string | null | undefined, kind?: "text" | "code"]} Row */

void needStyles("/styles/pictures.css");

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const COPIED_FOR_MS = 2_000;

/** What was copied just now, and whether the browser refused; said inside the dialog, since a notice lies behind it. */
const copied = signal("");
const refused = signal(false);

/** The dialog's content. */
export function detailsDialog() {
  const what = subject.value;
  if (!what) return sheet("details", "Details", html`<p class="muted">This picture is not here any more.</p>`);
  const take = (/** @type {typeof reuse} */ deed) => (/** @type {Event} */ event) => {
    closeSheet(event);
    deed(what);
  };
  return sheet(
    "details",
    "Details",
    html`
      <div class="stack">
        <dl class="details">${[...settingRows(what), ...factRows(what)].map(row)}</dl>
        <div class="row">
          <button class="button primary" @click=${take(reuse)}>${icon("repeat-2")} Use all</button>
          <button class="button" @click=${take(remix)}>${icon("shuffle")} Remix</button>
          <button class="button quiet spacer" @click=${() => copy("All", asText(what))}>
            ${icon(copied.value === "All" ? "check" : "copy")} Copy all
          </button>
        </div>
        <p class=${refused.value ? "small" : "visually-hidden"} role="status">${copyWords()}</p>
      </div>
    `,
  );
}

function copyWords() {
  if (refused.value) return "The browser did not let the page copy: select the text, and copy it from here.";
  return copied.value ? `${copied.value} copied.` : "";
}

/** @param {Row} row */
function row([label, value, kind = "text"]) {
  if (value === null || value === undefined || value === "") return nothing;
  return html`
    <div>
      <dt>${label}</dt>
      <dd>
        <span class=${kind === "code" ? "mono" : ""} dir="auto">${value}</span>
        <button class="icon-button" aria-label="Copy: ${label}" title="Copy" @click=${() => copy(label, value)}>
          ${icon(copied.value === label ? "check" : "copy")}
        </button>
      </dd>
    </div>
  `;
}

/** @param {Subject} what @returns {Row[]} */
function settingRows({ settings, job, pictures }) {
  const template = job ? job.template : pictures[0]?.template;
  const drawn = settings.seed < 0 ? "drawn by the server" : String(settings.seed);
  return [
    [label("prompt"), settings.prompt],
    ["Written as", template],
    [label("negative_prompt"), settings.negative_prompt],
    [pictures.length > 1 ? "First seed" : label("seed"), drawn, "code"],
    ["Size", `${settings.img_width} × ${settings.img_height}`],
    [label("samples"), job ? String(settings.samples) : null],
    [label("num_inference_steps"), String(settings.num_inference_steps)],
    [label("guidance_scale"), String(settings.guidance_scale)],
    [label("scheduler"), settings.scheduler],
    [label("lora_scale"), settings.lora_scale === null ? null : String(settings.lora_scale)],
  ];
}

/** @param {Subject} what @returns {Row[]} */
function factRows({ job, pictures }) {
  const [picture] = pictures;
  const one = pictures.length === 1;
  const took = job ? job.metrics.total_time : picture?.took;
  return [
    ["Made", DATE.format(job?.createdAt ?? picture.createdAt)],
    ["Took", took === null || took === undefined ? null : `${took.toFixed(1)} s`],
    ["Cost", job ? costWords(job.metrics.cost, job.account) : costWords(picture.cost, picture.account)],
    ["File", one ? `${picture.fileName}, ${megabytes(picture.fileSize)}` : null],
    ["Kept", one ? keptWords(picture) : null],
    ["Request", job?.requestId ?? picture?.requestId, "code"],
    ["Address", one ? picture.permalink : null, "code"],
  ];
}

/** @param {import("../types.js").Picture} picture */
function keptWords({ kept, expiresAt }) {
  const here = kept ? "On this device." : "Not on this device.";
  if (expiresAt === null) return here;
  if (isExpired({ expiresAt }, Date.now())) return `${here} The server has deleted its copy.`;
  return `${here} The server deletes its copy on ${DATE.format(expiresAt)}.`;
}

/** @param {Subject} what */
function asText(what) {
  return settingRows(what).flatMap(([name, value]) => (value ? [`${name}: ${value}`] : [])).join("\n");
}

/** @param {string} name @param {string} text */
async function copy(name, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    refused.value = true;
    return;
  }
  refused.value = false;
  copied.value = name;
  setTimeout(() => {
    if (copied.peek() === name) copied.value = "";
  }, COPIED_FOR_MS);
}

/** @param {string} name as the API has it; the label is the form's */
function label(name) {
  return (model.value && field(model.value, name)?.label) ?? name;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
