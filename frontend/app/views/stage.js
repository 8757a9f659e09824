// The stage: the example until there is something of one's own to show, which is loaded when there is.

import { html, nothing, render } from "../../vendor/lit-html/lit-html.js";
import { effect, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { load as loadPart } from "../form.js";
import { asDollars, priceOf } from "../settings.js";
import { fillForm, jobs, key, LOAD_AGAIN, model, notify, pictures, settings, shown } from "../state.js";
import { icon } from "./shell.js";

/** Prompts to begin with; the first is the example's. */
const IDEAS = [
  ["Make this", "a red fox in the snow, morning light"],
  ["a paper boat on a rainy street", "a paper boat on a rainy street, reflections, close-up"],
  ["a lighthouse in a storm, woodcut", "a lighthouse in a storm, woodcut, black and ochre ink"],
  ["a tiny greenhouse on the moon", "a tiny greenhouse on the moon, warm light inside, wide shot"],
];

const own = signal(/** @type {typeof import("./job.js") | null} */ (null));
let asked = false;

/** Keeps the region up to date from now on. @param {HTMLElement} region */
export function stage(region) {
  const [example, ideas, job] = ["#example", "#ideas", "#job"].map(
    (name) => /** @type {HTMLElement} */ (region.querySelector(name)),
  );
  effect(() => void render(ideaButtons(), ideas));
  effect(() => {
    if (jobs.value.length + pictures.value.length > 0 || shown.value) void load();
  });
  effect(() => {
    const view = own.value;
    const there = view !== null && view.isThere();
    example.hidden = there;
    job.hidden = !there;
    const focused = job.contains(document.activeElement);
    render(there ? view.jobView() : nothing, job);
    // What had the focus is gone: the keys go on from here, not from the top of the page.
    if (focused && !job.contains(document.activeElement)) region.focus({ preventScroll: true });
  });
}

async function load() {
  if (asked) return;
  asked = true;
  try {
    const [view] = await Promise.all([
      import("./job.js"),
      import("../styles-on-demand.js").then(({ needStyles }) => needStyles("/styles/pictures.css")),
    ]);
    view.start();
    own.value = view;
  } catch (error) {
    console.warn(error);
    asked = false;
    notify("The pictures cannot be shown: a part of this page could not be loaded.", {
      kind: "bad", stays: true, action: LOAD_AGAIN,
    });
  }
}

function ideaButtons() {
  const [example, ...others] = IDEAS;
  return [makeThis(example[1]), ...others.map(([label, prompt]) =>
    html`<button class="chip" @click=${() => use(prompt)}>${label}</button>`)];
}

/** The example's prompt with the form's settings: one click to a first picture. @param {string} prompt */
function makeThis(prompt) {
  const [known, wanted] = [model.value, settings.value];
  const price = known && wanted && key.value ? ` · ${asDollars(priceOf(wanted, known))}` : "";
  const make = async (/** @type {MouseEvent} */ event) => {
    if (event.detail > 1) return; // a double click is one job
    use(prompt);
    if (wanted) await (await loadPart("generate"))?.generate({ ...wanted, prompt });
  };
  return html`<button class="chip strong" ?disabled=${!wanted} @click=${make}>${icon("sparkles")} Make this${price}</button>`;
}

/** Puts the prompt into the form; there is an Undo where it takes another one's place. @param {string} prompt */
function use(prompt) {
  const before = settings.peek();
  if (!before || before.prompt === prompt) return;
  const after = { ...before, prompt };
  const isOwn = before.prompt.trim() !== "" && !IDEAS.some((idea) => idea[1] === before.prompt);
  if (isOwn) fillForm(after, "The prompt is in the form.");
  else settings.value = after;
}
