// What can be done about a problem: the buttons and links beside its words.

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./problems.js").Action} Action */

export const RETRY = action("retry", "Try again");
export const RELOAD = action("reload", "Reload the page");
export const EDIT_PROMPT = action("edit-prompt", "Edit the prompt");

/** @param {Action["id"]} id @param {string} label @returns {Action} */
export function action(id, label) {
  return { id, label };
}

/** @param {string} label @param {string | undefined} href @returns {Action[]} */
export function link(label, href) {
  return href ? [{ id: "link", label, href }] : [];
}

/** @param {Model | null} model */
export function getKey(model) {
  return link("Get a key", model?.site.get_key_url);
}

/** @param {Model | null} model */
export function tellOwner(model) {
  return link("Tell the owner", model?.site.contact_url);
}

/** @param {Problem} problem @returns {Action[]} */
export function fewer({ limit, retryable }) {
  const pictures = limit ? (retryable ? limit.left : limit.allowed) : 0;
  if (pictures === 0) return [];
  return [{ id: "fewer", label: pictures === 1 ? "Make 1 picture" : `Make ${pictures} pictures`, pictures }];
}
