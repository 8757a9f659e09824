// What each of the API's error codes means to a program's author. A test compares it with the API's own table.

/** @typedef {{code: string, status: number, text: string, charged: string}} ErrorCode */

/** @type {[code: string, status: number, text: string, charged?: string][]} */
const TABLE = [
  ["invalid_parameters", 400, "A parameter is missing, out of range or unknown: `errors` names each."],
  ["prompt_refused", 400, "The prompt asks for what this site does not draw."],
  ["missing_api_key", 401, "No key came: send it in the header x-api-key."],
  ["invalid_api_key", 401, "The key is not known here, or was revoked."],
  ["forbidden", 403, "The account is disabled."],
  ["not_found", 404, "No such address; or a request that is not yours, or whose days are over."],
  ["method_not_allowed", 405, "`Allow` says which methods the address takes."],
  ["insufficient_credits", 406, "The balance is less than the price: the text names both."],
  ["not_cancelable", 409, "It is being made already, or has ended."],
  ["canceled", 409, "You canceled it while it waited."],
  ["erased", 410, "You erased it, or its pictures have expired."],
  ["too_large", 413, "The body is larger than 64 KB."],
  ["unsupported_media_type", 415, "The body should be JSON, and say so in Content-Type."],
  ["idempotency_key_reused", 422, "The same Idempotency-Key came before with other settings."],
  ["rate_limited", 429, "Too many requests in a minute: `Retry-After` says when to go on."],
  ["allowance_spent", 429, "Today's free pictures of this page are used up."],
  ["spend_cap_reached", 429, "The owner's budget is used up; `limit` says until when."],
  ["internal", 500, "A fault of this site. Repeat it with the same Idempotency-Key.", "Only for what it delivers"],
  ["provider_error", 502, "Segmind could not make it. Try again."],
  ["provider_rejected_key", 502, "Segmind refused this site's own key: for its owner to mend."],
  ["provider_out_of_credits", 502, "This site's credits at Segmind are used up: for its owner to mend."],
  ["bad_provider_answer", 502, "What Segmind sent was not a whole picture. Try again."],
  ["busy", 503, "Too much in the same moment. Try again in a second."],
  ["provider_unavailable", 503, "Segmind is out of order. `Retry-After` says when to try again."],
  ["provider_timeout", 504, "Segmind did not answer in time. Try again."],
  ["outcome_unknown", 504, "The line to Segmind broke. Nobody asks again by itself; you may."],
  ["waited_too_long", 504, "No room at Segmind for as long as a request may wait. Try again later."],
  ["still_running", 504, "With `Accept: image/*`: fetch it where the text says; do not repeat it.", "When it is done"],
];

/** What is not delivered is not charged, whatever the code. @type {ErrorCode[]} */
export const ERRORS = TABLE.map(([code, status, text, charged = "No"]) => ({ code, status, text, charged }));
