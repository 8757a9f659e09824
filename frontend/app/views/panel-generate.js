// Asks for the form's pictures once nothing is wrong with it, and leads to the first fault where something is.

import { expanded, judgeAll, load, needWildcards, open, unfold } from "../form.js";
import { announce, faults, LOAD_AGAIN, notify, settings } from "../state.js";
import { fold } from "./panel.js";

/** @typedef {import("../types.js").Settings} Settings */
/** @typedef {import("../types.js").Problem} Problem */

/** What the choice of a shape decides. */
const SHAPE = ["img_width", "img_height"];

/** @param {Settings} wanted as it was when it was asked for @param {number[]} [seeds] one request for each */
export async function generate(wanted, seeds = [wanted.seed]) {
  try {
    // Before the check: the prompts it stands for are what is checked.
    if (wanted.prompt.includes("{")) await needWildcards();
    const faulty = judgeAll(wanted);
    if (faulty) return await lead(faulty);
    const { prompts } = expanded(wanted.prompt);
    const { generateAll } = await import("../jobs.js");
    const template = prompts.length > 1 ? wanted.prompt : null;
    generateAll(seeds.flatMap((seed) => prompts.map((prompt) => ({ ...wanted, prompt, seed }))), { template });
    if (open.peek().sheet) fold();
  } catch (error) {
    console.warn(error);
    notify("Nothing was sent: a part of this page could not be loaded. Your settings are kept.", {
      kind: "bad",
      action: LOAD_AGAIN,
    });
  }
}

/**
 * Shows what the API found wrong with the form's settings, and leads to the first of it.
 * @param {Problem["errors"]} errors
 */
export async function mend(errors) {
  const values = settings.peek() ?? {};
  const found = errors
    .map(({ pointer, detail }) => [pointer.slice(1), detail])
    .filter(([name]) => Object.hasOwn(values, name));
  if (found.length === 0) return;
  faults.value = Object.fromEntries(found.toReversed()); // of one field the first
  await lead(found[0][0]);
}

/** Unfolds what hides the field, and puts the focus there. @param {string} name */
async function lead(name) {
  announce(/** @type {Record<string, string | undefined>} */ (faults.peek())[name] ?? "");
  unfold("sheet");
  const chosen = /** @type {"input"} */ (`[name=panel-${SHAPE.includes(name) ? "shape" : name}]:checked`);
  const find = () => document.getElementById(`panel-${name}`) ?? document.querySelector(chosen);
  if (!find() && name === "negative_prompt") {
    await load("words");
    unfold("negative");
  } else if (!find()) {
    await load("advanced");
    unfold("advanced");
  }
  find()?.focus();
}
