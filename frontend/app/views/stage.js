// The stage: the example until there is something of one's own to show, which is loaded when there is.

import { html, nothing, render } from "../../vendor/lit-html/lit-html.js";
import { effect, signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { jobs, notify, pictures, settings, shown } from "../state.js";

/** Prompts to begin with; the first is the example's. */
const IDEAS = [
  ["Use this", "a red fox in the snow, morning light"],
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
      kind: "bad", stays: true, action: { label: "Try again", run: load },
    });
  }
}

function ideaButtons() {
  const use = (/** @type {string} */ prompt) => {
    const before = settings.peek();
    if (!before || before.prompt === prompt) return;
    settings.value = { ...before, prompt };
    if (before.prompt.trim() === "" || IDEAS.some((idea) => idea[1] === before.prompt)) return;
    notify("The prompt is in the form.", { action: { label: "Undo", run: () => (settings.value = before) } });
  };
  return IDEAS.map(([label, prompt], at) => {
    const look = at === 0 ? "button" : "chip";
    return html`<button class=${look} @click=${() => use(prompt)}>${label}</button>`;
  });
}
