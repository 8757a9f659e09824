// Asks for the form's pictures once nothing is wrong with it, and leads to the first fault where something is.

import { expanded, judgeAll, load, needWildcards, open, unfold } from "../form.js";
import { announcement, faults, notify } from "../state.js";
import { fold } from "./panel.js";

/** @typedef {import("../types.js").Settings} Settings */

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
      action: { label: "Load again", run: () => location.reload() },
    });
  }
}

/** Unfolds what hides the field, and puts the focus there. @param {string} name */
async function lead(name) {
  announcement.value = /** @type {Record<string, string | undefined>} */ (faults.peek())[name] ?? "";
  unfold("sheet");
  const find = () => document.getElementById(`panel-${name}`);
  if (!find() && name === "negative_prompt") {
    await load("words");
    unfold("negative");
  } else if (!find()) {
    await load("advanced");
    unfold("advanced");
  }
  find()?.focus();
}
