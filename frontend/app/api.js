// The only file that calls fetch. Every failure leaves as an ApiError that says what to do.

export class ApiError extends Error {
  /** @param {string} message @param {string} code */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** The model's price and limits. */
export function model() {
  return call("GET", "/v1/models/BigDug-Sasha", null);
}

/** Takes a request on; the same idempotencyKey twice is one request. */
export function submit(settings, key, idempotencyKey) {
  return call("POST", "/v2/BigDug-Sasha", key, settings, { "idempotency-key": idempotencyKey });
}

/** The request as it is now, pictures stored so far included. */
export function result(requestId, key) {
  return call("GET", `/v2/requests/${encodeURIComponent(requestId)}`, key);
}

async function call(method, path, key, body, more = {}) {
  const headers = { ...more, ...(key ? { "x-api-key": key } : { "sasha-guest": "1" }), ...(body ? { "content-type": "application/json" } : {}) };
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new ApiError("The network cannot be reached. Nothing is lost; try again when it is back.", "offline");
  }
  const answer = await response.json().catch(() => null);
  if (answer === null) throw new ApiError(`The server gave an answer that cannot be read (${response.status}).`, "unreadable");
  // A failed request is 422 with a status of its own: an answer, not an error of the call.
  if (!response.ok && answer.status !== "FAILED") throw new ApiError(answer.detail ?? "The call failed.", answer.code ?? "unknown");
  return answer;
}
