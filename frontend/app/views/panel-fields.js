// The form's fields: prompt, shape, images, seed; and what its other fields are made with.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import {
  advanced, counts, judge, legalPairs, load, loaded, open, put, textOf, typedPrompt, unfold, valueOf, write,
} from "../form.js";
import { changed, field, lengthOf, shown } from "../settings.js";
import { cannotLoad, faults, settings } from "../state.js";
import { icon } from "./shell.js";

/** @typedef {import("../types.js").Settings} Settings */
/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../settings.js").Field} Field */

const NEAR_THE_LIMIT = 0.9;

/** All other fields that are not under Advanced. @param {Model} known @param {Settings} values */
export function fieldsPart(known, values) {
  return [wordsPart(known), shapePart(known, values), seedPart(known, values), advancedPart(known, values)];
}

/** What is drawn; there before the API's description of the model is. @param {Model | null} known */
export function promptPart(known) {
  const prompt = typedPrompt.value;
  const most = (known && field(known, "prompt")?.maxLength) ?? Infinity;
  const length = prompt.length > most * NEAR_THE_LIMIT ? lengthOf(prompt) : 0;
  return html`
    <div class="field panel-prompt">
      <div class="row">
        <label class="label" for="panel-prompt">Prompt</label>
        ${length ? html`<span class="small muted" id="count-prompt">${shown(length)} / ${shown(most)}</span>` : nothing}
        <span class="spacer"></span>
        ${menuButton("prompt-tips", "Prompt tips", icon("info"))}
        ${menuButton("prompt-history", "Prompt history", icon("history"))}
      </div>
      <textarea id="panel-prompt" name="prompt" rows="3" dir="auto" placeholder="What to draw"
        .value=${prompt} aria-invalid=${invalid("prompt")}
        aria-describedby=${described("prompt", length > 0 && "count-prompt")}
        @input=${typing("prompt")} @change=${() => judge("prompt")}></textarea>
      ${faultLine("prompt")}
      ${menu("prompt-tips", () => load("prompt"), loaded.value.prompt?.tips())}
      ${menu("prompt-history", async () => (await load("prompt"))?.opened(), loaded.value.prompt?.history())}
    </div>
  `;
}

/** @param {Model} known */
function wordsPart(known) {
  const negative = field(known, "negative_prompt");
  const said = Boolean(settings.value?.negative_prompt);
  if (open.value.negative || open.value.style) void load("words");
  const { words } = loaded.value;
  const inUse = html`<span class="dot"></span><span class="visually-hidden">in use</span>`;
  /** @param {"negative" | "style"} name @param {string} label @param {unknown} mark */
  const chip = (name, label, mark) => html`
    <button class="chip" type="button" aria-expanded=${open.value[name]} aria-controls="part-${name}"
      @click=${() => unfold(name, !open.peek()[name])}>
      ${icon(open.value[name] ? "chevron-down" : "plus")} ${label} ${mark}
    </button>
    `;
  return html`
    <div class="row">
      ${negative ? chip("negative", "Negative", said ? inUse : nothing) : nothing} ${chip("style", "Style", nothing)}
      <button class="icon-button spacer" type="button" aria-label="Read a picture's settings"
        title="Read a picture's settings (or drop the picture on the page)"
        @click=${() => import("../drop.js").then(({ choosePicture }) => choosePicture(), cannotLoad)}>${icon("image")}</button>
    </div>
    <div id="part-negative" ?hidden=${!open.value.negative}>
      ${negative && open.value.negative ? words?.negativePart(negative) : nothing}
    </div>
    <div id="part-style" ?hidden=${!open.value.style}>${open.value.style ? words?.stylePart() : nothing}</div>
  `;
}

/** Width and height as drawn shapes of one longer side; and how many. @param {Model} known @param {Settings} values */
function shapePart(known, { img_width: width, img_height: height, samples }) {
  const pairs = legalPairs(known);
  const size = Math.max(width, height);
  const sizes = [...new Set(pairs.map(([w, h]) => Math.max(w, h)))].sort((a, b) => a - b);
  const reshape = (/** @type {number[]} */ [w, h]) => put({ img_width: w, img_height: h });
  const resize = (/** @type {number} */ to) => {
    const unlike = (/** @type {number[]} */ [w, h]) => Math.abs(Math.log((w * height) / (h * width)));
    reshape(pairs.filter(([w, h]) => Math.max(w, h) === to).sort((a, b) => unlike(a) - unlike(b))[0]);
  };
  const shape = (/** @type {number[]} */ [w, h]) => {
    const [x, y] = [(24 * w) / size, (24 * h) / size];
    return html`<svg class="shape" viewBox="-13 -13 26 26" aria-hidden="true">
      <rect x=${-x / 2} y=${-y / 2} width=${x} height=${y} rx="1.5"></rect>
    </svg>`;
  };
  const shapes = pairs.filter(([w, h]) => Math.max(w, h) === size);
  const swappable = width !== height && pairs.some(([w, h]) => w === height && h === width);
  const shapeField = html`
    <fieldset class="field">
      <legend>Shape <span class="small muted">${width} × ${height}</span></legend>
      <div class="panel-shape">
        ${segmented("shape", shapes, ([w, h]) => w === width && h === height, reshape, {
          show: shape,
          say: ([w, h]) => `${w === h ? "Square" : w > h ? "Landscape" : "Portrait"}, ${w} × ${h}`,
        })}
        <button class="icon-button" type="button" aria-label="Swap width and height" title="Swap width and height"
          ?disabled=${!swappable} @click=${() => reshape([height, width])}>${icon("arrow-left-right")}</button>
      </div>
      ${faultLine("img_width")} ${faultLine("img_height")}
    </fieldset>`;
  const sizeField = html`
    <fieldset class="field">
      <legend>Size</legend>
      ${segmented("size", sizes, (each) => each === size, resize, {
        say: (each) => `${each} pixels on the longer side`,
      })}
    </fieldset>`;
  const imagesField = html`
    <fieldset class="field">
      <legend>Images</legend>
      ${segmented("samples", counts(known), (each) => each === samples, (each) => put({ samples: each }))}
      ${faultLine("samples")}
    </fieldset>`;
  return html`
    ${pairs.length > 0 ? shapeField : nothing}
    <div class="panel-pair">
      ${sizes.length > 1 ? sizeField : nothing} ${counts(known).length > 1 ? imagesField : nothing}
    </div>
  `;
}

/**
 * One of a few. @template T @param {string} name @param {T[]} choices @param {(choice: T) => boolean} chosen
 * @param {(choice: T) => void} choose @param {{show?: (choice: T) => unknown, say?: (choice: T) => string}} [how]
 */
function segmented(name, choices, chosen, choose, { show = String, say = String } = {}) {
  return html`<div class="segmented">
    ${choices.map((each) => html`<label title=${say(each)}>
      <input type="radio" name="panel-${name}" aria-label=${say(each)} .checked=${chosen(each)}
        @change=${() => choose(each)}>${show(each)}
    </label>`)}
  </div>`;
}

/** @param {Model} known @param {Settings} values */
function seedPart(known, values) {
  const seed = field(known, "seed");
  if (!seed) return nothing;
  const kept = values.seed !== seed.default; // else one is drawn for each request
  const act = (/** @type {"draw" | "lock"} */ deed) => async () => (await load("seed"))?.[deed]();
  return html`
    <div class="field">
      <div class="row"><label class="label" for="panel-seed">Seed</label>${resetDot(seed)}</div>
      <div class="panel-seed">
        <input id="panel-seed" name="seed" class="mono" inputmode="numeric" spellcheck="false" placeholder="Random"
          .value=${textOf(seed)} aria-invalid=${invalid("seed")} aria-describedby=${described("seed")}
          @input=${(/** @type {Event} */ event) => write(seed, textIn(event))} @change=${() => judge("seed")}>
        <button class="icon-button" type="button" aria-label="Draw a seed" title="Draw a seed"
          @click=${act("draw")}>${icon("dice-5")}</button>
        <button class="icon-button" type="button" aria-label="Keep the seed" aria-pressed=${kept}
          title=${kept ? "The seed is kept" : "Keep the seed"}
          @click=${act("lock")}>${icon(kept ? "lock" : "lock-open")}</button>
        ${values.seed >= 0 ? menuButton("seed-menu", "Variations of this seed", "±") : nothing}
      </div>
      ${faultLine("seed")} ${menu("seed-menu", () => load("seed"), loaded.value.seed?.variations())}
    </div>
  `;
}

/** @param {Model} known @param {Settings} values */
function advancedPart(known, values) {
  const differing = changed(values, known);
  const inside = advanced(known);
  const count = inside.filter(({ name }) => differing.includes(name)).length;
  if (open.value.advanced) void load("advanced");
  return html`
    <details class="panel-advanced" ?open=${open.value.advanced} @pointerenter=${() => load("advanced")}
      @toggle=${(/** @type {ToggleEvent} */ event) => unfold("advanced", event.newState === "open")}>
      <summary>${icon("chevron-down")} <span class="label">Advanced</span>
        ${count ? html`<span class="badge">${count}<span class="visually-hidden"> changed</span></span>` : nothing}
      </summary>
      ${open.value.advanced ? loaded.value.advanced?.advancedPart(inside) : nothing}
    </details>
    ${differing.length ? html`<button class="button quiet panel-reset" type="button"
      @click=${async () => (await load("advanced"))?.resetAll()}>${icon("rotate-ccw")} Reset all</button>` : nothing}
  `;
}

/** @param {Event} event */
export const textIn = (event) => /** @type {HTMLInputElement} */ (event.currentTarget).value;

/** What takes a text up while it is typed. @param {string} name */
export const typing = (name) => (/** @type {Event} */ event) => put({ [name]: textIn(event) });

/** @param {string} name */
export function invalid(name) {
  return faults.value[/** @type {keyof Settings} */ (name)] ? "true" : nothing;
}

/** @param {string} name @param {(string | false)[]} more ids */
export function described(name, ...more) {
  return [invalid(name) === "true" && `fault-${name}`, ...more].filter(Boolean).join(" ") || nothing;
}

/** @param {string} name */
export function faultLine(name) {
  const fault = faults.value[/** @type {keyof Settings} */ (name)];
  return fault ? html`<p class="fault" id="fault-${name}">${fault}</p>` : nothing;
}

/** Puts a field back to its default; only there when it differs. @param {Field} field */
export function resetDot(field) {
  if (Object.is(valueOf(field), field.default)) return nothing;
  const label = `Reset ${field.label.toLowerCase()}`;
  const reset = () => {
    put({ [field.name]: field.default });
    document.getElementById(`panel-${field.name}`)?.focus();
  };
  return html`<button class="dot-button" type="button" aria-label=${label} title=${label} @click=${reset}>
    <span class="dot"></span>
  </button>`;
}

/**
 * A menu as wide as its field, under or over its button; made when it opens.
 * @param {string} id @param {() => unknown} made @param {unknown} content
 */
function menu(id, made, content) {
  const opening = (/** @type {ToggleEvent} */ event) => {
    if (event.newState !== "open") return;
    void made();
    const element = /** @type {HTMLElement} */ (event.currentTarget);
    const field = /** @type {HTMLElement} */ (element.parentElement);
    const { left, width } = field.getBoundingClientRect();
    const { top, bottom } = (field.querySelector(`[popovertarget="${id}"]`) ?? field).getBoundingClientRect();
    const under = top < innerHeight / 2;
    element.classList.toggle("over", !under);
    for (const [name, px] of Object.entries({ x: left, y: under ? bottom + 4 : innerHeight - top + 4, width })) {
      element.style.setProperty(`--${name}`, `${px}px`);
    }
  };
  return html`<div id=${id} class="menu" popover @beforetoggle=${opening}>${content}</div>`;
}

/** @param {string} id @param {string} label @param {unknown} face */
function menuButton(id, label, face) {
  return html`<button class="icon-button" type="button" popovertarget=${id} aria-label=${label} title=${label}>
    ${face}
  </button>`;
}
