// A picture that is dropped on the page, pasted or chosen puts the settings it was made with into the form.

import { fit } from "./fitting.js";
import { defaults } from "./settings.js";
import { differing, fillForm, LOAD_AGAIN, model, notify, settings } from "./state.js";

/** @typedef {import("./types.js").Settings} Settings */

/** The last file that was given. One that takes longer to read than the next must not come after it. */
let latest = 0;

/**
 * Takes pictures that are dropped or pasted anywhere in the window. While one is held over it, <html> has
 * `data-dropping`.
 *
 * @param {EventTarget} target
 * @param {{toggleAttribute: (name: string, on: boolean) => unknown}} root
 * @returns {() => void} ends it
 */
export function takeDrops(target = window, root = document.documentElement) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  let ownDrag = false;

  /** @param {boolean} on */
  const hint = (on) => {
    clearTimeout(silence);
    root.toggleAttribute("data-dropping", on);
    // Not every browser says when a file has left the window, but all go on telling while it is there.
    if (on) silence = setTimeout(hint, 1000, false);
  };
  /** Files from outside. A picture of the page itself comes as a file too. @param {DragEvent} event */
  const files = (event) => !ownDrag && event.dataTransfer?.types.includes("Files");

  /** @param {DragEvent} event */
  const accept = (event) => {
    if (!files(event)) return;
    event.preventDefault(); // else the browser opens the file in the page's place
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    hint(true);
  };

  /** @type {Record<string, (event: any) => void>} */
  const listeners = {
    dragstart: () => (ownDrag = true),
    dragend: () => (ownDrag = false),
    // The end of a drag is not told where what was dragged is gone. While it lasts, no pointer is over anything.
    pointerover: () => (ownDrag = false),
    dragenter: accept,
    dragover: accept,
    dragleave: (/** @type {DragEvent} */ event) => {
      if (event.relatedTarget === null) hint(false);
    },
    drop: (/** @type {DragEvent} */ event) => {
      const wanted = files(event);
      ownDrag = false;
      hint(false);
      if (!wanted) return;
      event.preventDefault();
      void takeFiles([...(event.dataTransfer?.files ?? [])]);
    },
    paste: (/** @type {ClipboardEvent} */ event) => {
      const pasted = [...(event.clipboardData?.files ?? [])];
      // Text that was copied with its looks comes with a picture of itself: it is the text that is meant.
      if (pasted.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
      event.preventDefault();
      void takeFiles(pasted);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) target.addEventListener(name, listener);
  return () => {
    hint(false);
    for (const [name, listener] of Object.entries(listeners)) target.removeEventListener(name, listener);
  };
}

/** Lets a picture be chosen: what dropping is to a mouse, for keyboard and touch. Call it from a click. */
export function choosePicture() {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept: "image/png,image/jpeg,image/webp", hidden: true });
  input.addEventListener("change", () => {
    input.remove();
    void takeFiles([...(input.files ?? [])]);
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input); // Safari forgets one that is in no page
  input.click();
}

/**
 * Puts the first file's settings into the form and says what came of it. On any trouble the form stays as it is.
 *
 * @param {File[]} files
 */
export async function takeFiles(files) {
  const turn = ++latest;
  const [file, ...others] = files;
  if (!file) return bad("Nothing that could be read was dropped.");
  const name = shown(file.name);
  try {
    const { extract } = await import("./metadata/index.js");
    const found = await extract(file);
    if (turn !== latest) return;
    const known = model.peek();
    const before = settings.peek();
    if (!known || !before) return bad(`${name} was not read, as the form is not there yet. Try it again in a moment.`);
    if (!found) return bad(`${name} holds no settings, so the form stays as it was.`);
    const fitted = fit(found.values, known);
    // `fit` passes over what a file says is not set.
    const unset = Object.entries(defaults(known)).filter(([each]) => found.values[each] === null);
    const after = { ...before, ...Object.fromEntries(unset), ...fitted.settings };
    if (after.prompt.includes("{")) after.prompt = (await import("./wildcards.js")).literal(after.prompt);
    if (turn !== latest) return;
    const said = [...found.said, ...fitted.said];
    if (others.length) said.push(`Of the ${files.length} files only the first was read.`);
    const count = differing(before, after).length;
    const read = `Settings read from ${name}: ${count === 0 ? "the form had them already" : `${count} changed`}.`;
    fillForm(after, [read, ...said].join(" "), { stays: said.length > 0 });
  } catch (error) {
    const known = error instanceof Error && error.name === "FileProblem";
    const why = known ? error.message : "A part of this page could not be loaded.";
    if (turn === latest) bad(`${name} was not read. ${why} The form stays as it was.`, known ? null : LOAD_AGAIN);
  }
}

/** @param {string} text @param {import("./types.js").Notice["action"]} [action] */
function bad(text, action = null) {
  notify(text, { kind: "bad", action });
}

/** A file's name, without the characters that turn the text around it. @param {string} name */
function shown(name) {
  const plain = name.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "").trim() || "The file";
  return plain.length > 48 ? `${plain.slice(0, 30)}…${plain.slice(-17)}` : plain;
}
