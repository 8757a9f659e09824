// The words of each code: what it is called, what it means, and which deeds help.

import { when } from "./moments.js";
import { action, EDIT_PROMPT, fewer, getKey, link, RELOAD, RETRY, tellOwner } from "./problem-deeds.js";
import { asDollars } from "./settings.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./problems.js").Action} Action */
/** @typedef {import("./problems.js").Circumstances} Circumstances */
/** @typedef {{title: string, text: string, actions: Action[]}} Words */

/** @type {Record<string, (problem: Problem, circumstances: Circumstances) => Words>} */
export const WORDS = {
  invalid_parameters: ({ errors, detail }) => ({
    title: "Some settings were not accepted",
    text: errors.map(faultText).join(" ") || detail,
    actions: [action("edit-settings", "Mend the settings")],
  }),
  prompt_refused: ({ detail }) => ({
    title: "The prompt was refused",
    text: `${told(detail, "This site does not make pictures of that.")} Change its words, then generate again.`,
    actions: [EDIT_PROMPT],
  }),
  missing_api_key: (_, { model }) => ({
    title: "An API key is needed",
    text: guestsAreWelcome(model)
      ? "Free pictures cannot be made from where you are."
      : "This site has no free pictures.",
    actions: [action("key", "Add a key"), ...getKey(model)],
  }),
  invalid_api_key: ({ detail }, { model }) => ({
    title: "The API key was not accepted",
    text: told(detail, "It may be mistyped, or revoked."),
    actions: [
      action("key", "Change the key"),
      ...(guestsAreWelcome(model) ? [action("forget-key", "Forget it, go on without")] : getKey(model)),
    ],
  }),
  forbidden: ({ detail }, { model, key }) =>
    key
      ? {
          title: "The account of this key is disabled",
          text: "The site's owner has disabled it. Another key may work.",
          actions: [action("key", "Change the key"), ...tellOwner(model)],
        }
      : {
          title: "The site does not let this through",
          text: detail || "Open the page at its own address.",
          actions: [RELOAD, ...tellOwner(model)],
        },
  not_found: ({ detail }) => ({
    title: "The server does not know this request",
    text: told(detail, "It is another key's, or its time was over and it was deleted."),
    actions: [action("retry", "Ask for it again"), action("key", "Change the key")],
  }),
  method_not_allowed: updated,
  unsupported_media_type: updated,
  not_cancelable: () => ({
    title: "Too late to cancel",
    text: "It is being made already; the pictures come here when they are done.",
    actions: [action("look", "Look how far it is")],
  }),
  canceled: () => ({
    title: "Canceled",
    text: "No picture of it was made.",
    actions: [action("retry", "Make it after all")],
  }),
  erased: () => ({
    title: "Deleted from the server",
    text: "The pictures and the prompt of this request were erased there.",
    actions: [action("retry", "Make them again")],
  }),
  too_large: () => ({
    title: "The request is too large",
    text: "The prompt and what to leave out are longer than the server takes.",
    actions: [action("edit-prompt", "Shorten the prompt")],
  }),
  insufficient_credits: ({ detail }, { model }) => ({
    title: "Not enough credits",
    text: balanceText(detail),
    actions: [
      ...link("Add credits", model?.site.get_key_url || model?.site.contact_url),
      ...(isForOne(detail, model) ? [] : [action("edit-settings", "Ask for fewer pictures")]),
      action("key", "Change the key"),
    ],
  }),
  idempotency_key_reused: () => ({
    title: "Its id was used before",
    text: "Another request had been sent with the same id, so this one was not taken.",
    actions: [action("retry", "Send it as a new one")],
  }),
  rate_limited: ({ limit, retryAt, retryable, detail }, { now }) =>
    retryable
      ? {
          title: "Too many requests in a minute",
          text: `${limit?.allowed ?? "A few"} in a minute is the limit. You can go on ${when(resetOf(limit, retryAt), now)}.`,
          actions: [RETRY],
        }
      : { title: "This site takes no requests now", text: detail, actions: [RETRY] },
  allowance_spent: (problem, { model, now }) => ({
    ...allowanceWords(problem, now),
    actions: [...fewer(problem), action("key", "Add a key"), ...getKey(model)],
  }),
  spend_cap_reached: ({ limit, retryAt, retryable, detail }, { model, now }) => ({
    title: "The site's budget for this month is used up",
    text: retryable
      ? `Its owner limits what Segmind may cost in a month. The next begins ${when(resetOf(limit, retryAt), now)}.`
      : detail,
    actions: [...tellOwner(model), RETRY],
  }),
  internal: ({ detail }, { model }) => ({
    title: "The server made a mistake",
    text: detail || "It is on the server's record.",
    actions: [RETRY, ...tellOwner(model)],
  }),
  provider_error: ({ detail }) => ({
    title: "Segmind could not make it",
    text: told(detail, "Segmind, which makes the pictures, answered with an error."),
    actions: [RETRY, EDIT_PROMPT],
  }),
  provider_rejected_key: (_, { model }) => ownersTrouble("Segmind does not accept the key of this site.", model),
  provider_out_of_credits: (_, { model }) => ownersTrouble("This site's credits at Segmind are used up.", model),
  bad_provider_answer: () => ({
    title: "Segmind sent no usable picture",
    text: "Its answer was not a picture, or broke off. Trying again usually helps.",
    actions: [RETRY],
  }),
  busy: () => ({
    title: "The server is busy",
    text: "Too much was asked of it in the same moment.",
    actions: [RETRY],
  }),
  provider_unavailable: ({ detail, retryAt }, { model, now }) => ({
    title: "Pictures cannot be made just now",
    text: [
      told(detail, "Segmind, which makes them, is out of order."),
      ...(retryAt ? [`Try again ${when(retryAt, now)}.`] : []),
    ].join(" "),
    actions: [RETRY, ...tellOwner(model)],
  }),
  provider_timeout: () => ({
    title: "Segmind took too long",
    text: "It did not answer in time, so the site stopped waiting.",
    actions: [RETRY],
  }),
  outcome_unknown: () => ({
    title: "The connection to Segmind broke",
    text: "Whether the picture was made cannot be known, so it is not asked for again by itself.",
    actions: [RETRY],
  }),
  waited_too_long: () => ({
    title: "There was no room in time",
    text: "Segmind had too much to do, and the request waited as long as one may.",
    actions: [RETRY],
  }),
  still_running: () => ({
    title: "It is still being made",
    text: "It goes on at the server; there is no need to send it again.",
    actions: [action("look", "Look how far it is")],
  }),
  offline: () => ({
    title: "The network cannot be reached",
    text: "Nothing is lost: the settings are in the form, the pictures of this device in the gallery.",
    actions: [RETRY],
  }),
  slow: () => ({
    title: "The server does not answer",
    text: "It gave no answer in the time it usually needs many times over.",
    actions: [RETRY],
  }),
  never_confirmed: ({ detail }) => ({
    title: "Nobody knows whether it was taken on",
    text: detail || "The server did not confirm it within a day, so it is not sent again.",
    actions: [action("retry", "Ask for it anew")],
  }),
  cancel_unconfirmed: ({ detail }) => ({
    title: "Canceled, perhaps too late",
    text: detail || "The server had not answered yet when it was canceled.",
    actions: [action("retry", "Make it after all")],
  }),
  unreadable: ({ status }) => ({
    title: "That was not the server's answer",
    text: `A sign-in page of the network, or a proxy, answered in its place${status ? ` (status ${status})` : ""}.`,
    actions: [RETRY, RELOAD],
  }),
};

/** @param {Problem} problem @returns {Words} */
export function unknown({ code, detail, status, retryable }) {
  return {
    title: "The server refused this",
    text: detail || `It gave “${code}” as the reason${status ? ` (status ${status})` : ""}.`,
    actions: retryable ? [RETRY] : [action("edit-settings", "Change the settings"), RETRY],
  };
}

/** Page and server differ: one of them is newer. @returns {Words} */
function updated() {
  return {
    title: "The site was updated",
    text: "This page is older than the server and asked in a way that it no longer takes. What you have entered stays.",
    actions: [RELOAD],
  };
}

/** @param {string} what @param {Model | null} model @returns {Words} */
function ownersTrouble(what, model) {
  return {
    title: "This site cannot make pictures just now",
    text: `${what} The site's owner has to mend this; it is nothing that you did.`,
    actions: [...tellOwner(model), action("retry", "Try again later")],
  };
}

/** @param {Problem} problem @param {number} now */
function allowanceWords({ limit, retryAt, retryable, detail }, now) {
  if (!retryable) return { title: "More than is free in a day", text: told(detail, "") };
  const everyone = limit?.name === "all-guests-images-per-day";
  const left = limit?.left ?? 0;
  const renewal = `The next ones come ${when(resetOf(limit, retryAt), now)}. With an API key you can go on now.`;
  if (left > 0) {
    const title = `Only ${left} free ${left === 1 ? "picture is" : "pictures are"} left today`;
    return { title, text: `More were asked for. ${renewal}` };
  }
  return everyone
    ? {
        title: "Today's free pictures are used up",
        text: `All visitors share them. ${renewal}`,
      }
    : {
        title: "Your free pictures of today are used up",
        text: `They are counted by network address, which several people may share. ${renewal}`,
      };
}

/** Whether it was a single picture that could not be paid. @param {string} detail @param {Model | null} model */
function isForOne(detail, model) {
  return model !== null && detail.includes(`costs ${asDollars(model.price.per_image)} and`);
}

/** @param {string} detail as "…: this costs $0.012 and the balance is $0.004. …" */
function balanceText(detail) {
  const [, price, balance] = /costs (\$[\d.]+) and the balance is (\$-?[\d.]+?)\.?(?:\s|$)/.exec(detail) ?? [];
  if (!price) return told(detail, "The balance is less than what this costs.");
  return `This costs ${price}, and your balance is ${balance}.`;
}

/** @param {{pointer: string, detail: string}} fault */
function faultText({ pointer, detail }) {
  const name = pointer.replace(/^\//, "").replaceAll("_", " ");
  const sentence = /[.!?]$/.test(detail) ? detail : `${detail}.`;
  return name ? `${name[0].toUpperCase()}${name.slice(1)}: ${sentence}` : sentence;
}

/**
 * The API's words without what is said beside them anyway: what it cost, and where keys are to be had.
 * @param {string} detail @param {string} otherwise
 */
function told(detail, otherwise) {
  const rest = detail
    .replace(/\s*(?:Not|Nothing was) charged(?:; please try again(?: later)?)?\./i, "")
    .replace(/\s*Keys and credits: \S+$/, "");
  return rest.trim() || otherwise;
}

/** @param {Problem["limit"]} limit @param {number | null} retryAt */
function resetOf(limit, retryAt) {
  // Retry-After is an hour at most, the limit's own end is exact.
  const end = limit ? Date.parse(limit.resets_at) : NaN;
  return Number.isNaN(end) ? retryAt : end;
}

/** @param {Model | null} model */
function guestsAreWelcome(model) {
  return (model?.limits.guest_images_per_day ?? 0) > 0;
}
