// The only file that calls fetch. Every failure leaves as an ApiError: what happened, what it cost, what to do.

/** @typedef {import("./types.js").Allowance} Allowance */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {{ signal?: AbortSignal, timeLimit?: number }} Options `timeLimit` in ms */
/** @typedef {"QUEUED" | "PROCESSING" | "COMPLETED" | "FAILED"} Status */

/**
 * A picture as the API tells of it; `url` works for an hour or so, `permalink` for as long as the picture is there.
 * @typedef {{ index: number, url: string, expires_at: string, permalink: string, content_type: string,
 *   file_name: string, file_size: number, width: number, height: number, seed: number }} Image
 */
/**
 * A request and what it brought so far.
 * @typedef {{ request_id: string, status: Status, images: Image[], warnings: string[], seed: number | null,
 *   failures: { index: number, code: string, detail: string }[], parameters: Partial<Settings> | null,
 *   created_at: string, completed_at: string | null, expires_at: string | null, error?: string, code?: string,
 *   metrics: import("./types.js").Job["metrics"] }} Result
 */
/**
 * A line of the server's history.
 * @typedef {{ request_id: string, status: Status, prompt: string | null, seed: number | null, samples: number,
 *   images: { index: number, permalink: string }[], failures: Result["failures"], erased: boolean, created_at: string,
 *   completed_at: string | null, expires_at: string | null, metrics: Result["metrics"] }} Summary
 */
/**
 * What the API says to a submit, and what it leaves to its caller.
 * @typedef {{ requestId: string, status: Status, replayed: boolean, credits: number | null,
 *   freeImagesLeft: number | null }} Accepted
 */

const MODEL = "BigDug-Sasha";
const STATUSES = ["QUEUED", "PROCESSING", "COMPLETED", "FAILED"];
const PERMALINK = /^\/v2\/requests\/[^/]+\/images\/\d+$/;
const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp"];
const CALL_LIMIT_MS = 20_000;
// A picture has megabytes, and the line may be a phone's.
const FILE_LIMIT_MS = 120_000;

export class ApiError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/**
 * A problem that the page itself finds.
 * @param {string} code @param {string} detail @param {Partial<Problem>} [more]
 */
export function ownProblem(code, detail, more = {}) {
  /** @type {Problem} */
  const problem = {
    code, detail, status: 0, billed: false, retryable: true, retryAt: null, requestId: null, errors: [], limit: null,
    ...more,
  };
  return problem;
}

/**
 * The problem that a call ended with. What is no ApiError is a fault of this page, and goes on.
 * @param {unknown} error
 */
export function problemOf(error) {
  if (error instanceof ApiError) return error.problem;
  throw error;
}

/** What the form is made from. @param {Options} [options] @returns {Promise<Model>} */
export async function getModel(options) {
  const answer = await call("GET", `/v1/models/${MODEL}`, undefined, options);
  return answer.body?.parameters?.properties && answer.body.price ? answer.body : unreadable(answer.response);
}

/** @param {string | null} key @param {Options} [options] @returns {Promise<Allowance>} */
export async function getAllowance(key, options) {
  const { body, response } = await call("GET", "/v1/get-user-credits", key, options);
  if (typeof body?.credits !== "number") return unreadable(response);
  if (key !== null) return { credits: body.credits, freeImagesLeft: null, resetsAt: null };
  return { credits: null, freeImagesLeft: numberOr(body.free_images_left, 0), resetsAt: time(body.resets_at) };
}

/**
 * Takes a request on. `body` is what settings.js's forApi gives; the same idempotencyKey twice is one request.
 * @param {object} body @param {string | null} key @param {string} idempotencyKey @param {Options} [options]
 * @returns {Promise<Accepted>}
 */
export async function submit(body, key, idempotencyKey, options) {
  const headers = { "content-type": "application/json", "idempotency-key": idempotencyKey };
  const { body: told, response } = await call("POST", `/v2/${MODEL}`, key, options, { headers, body });
  if (typeof told?.request_id !== "string" || !STATUSES.includes(told.status)) return unreadable(response, null);
  const free = /^"guest-images-per-day";r=(\d+)/.exec(response.headers.get("ratelimit") ?? "");
  const credits = response.headers.get("x-remaining-credits");
  return {
    requestId: told.request_id,
    status: told.status,
    replayed: response.headers.get("idempotent-replayed") === "true",
    credits: key !== null && credits !== null ? numberOr(Number(credits), null) : null,
    freeImagesLeft: key === null && free ? Number(free[1]) : null,
  };
}

/**
 * The request as it is now. One that failed is an answer, not an error.
 * @param {string} id @param {string | null} key @param {Options} [options]
 * @returns {Promise<Result>}
 */
export async function getRequest(id, key, options) {
  const { body, response } = await call("GET", requestPath(id), key, options);
  if (!STATUSES.includes(body?.status) || !Array.isArray(body.images)) return unreadable(response);
  return { failures: [], warnings: [], metrics: {}, ...body };
}

/**
 * Ends a request that still waits. Problem `not_cancelable` where it does not.
 * @param {string} id @param {string | null} key @param {Options} [options]
 */
export async function cancelRequest(id, key, options) {
  await call("POST", `${requestPath(id)}/cancel`, key, options);
}

/**
 * Erases the pictures, prompt and parameters of a request that has ended.
 * @param {string} id @param {string | null} key @param {Options} [options]
 */
export async function eraseRequest(id, key, options) {
  await call("DELETE", requestPath(id), key, options);
}

/**
 * Erases one picture; with the last one, everything.
 * @param {string} id @param {number} index @param {string | null} key @param {Options} [options]
 */
export async function erasePicture(id, index, key, options) {
  await call("DELETE", `${requestPath(id)}/images/${index}`, key, options);
}

/**
 * The account's requests, newest first.
 * @param {string} key @param {string | null} [cursor] @param {Options} [options]
 * @returns {Promise<{results: Summary[], next: string | null}>}
 */
export async function listRequests(key, cursor, options) {
  const query = new URLSearchParams({ limit: "20", ...(cursor ? { cursor } : {}) });
  const { body, response } = await call("GET", `/v2/requests?${query}`, key, options);
  return Array.isArray(body?.results) ? body : unreadable(response);
}

/** The API's description of itself. @param {Options} [options] @returns {Promise<any>} */
export async function getOpenApi(options) {
  const { body, response } = await call("GET", "/openapi.json", undefined, options);
  return body?.paths ? body : unreadable(response);
}

/**
 * A picture's bytes, by its presigned URL or its permalink. Only the latter is shown the key, and only on this origin.
 * Problem `expired` where a presigned URL has become too old.
 * @param {string} address @param {string | null} key @param {Options} [options] @returns {Promise<Blob>}
 */
export async function getFile(address, key, { signal, timeLimit = FILE_LIMIT_MS } = {}) {
  const { pathname } = new URL(address, "https://page.invalid");
  const ours = PERMALINK.test(pathname);
  const request = { headers: ours ? identity(key) : {} };
  return exchange(ours ? pathname : address, request, signal, timeLimit, async (response) => {
    if (!response.ok) {
      const problem = problemIn(response, parsed(await response.text()));
      if (response.status === 403 && problem.code === "unreadable") problem.code = "expired";
      throw new ApiError(problem);
    }
    const blob = await response.blob();
    return PICTURE_TYPES.includes(blob.type) && blob.size > 0 ? blob : unreadable(response);
  });
}

/**
 * @param {string} method @param {string} path
 * @param {string | null | undefined} key undefined: it matters to nobody who asks
 * @param {Options} [options] @param {{headers?: Record<string, string>, body?: object}} [content]
 * @returns {Promise<{ body: any, response: Response }>}
 */
async function call(method, path, key, { signal, timeLimit = CALL_LIMIT_MS } = {}, { headers = {}, body } = {}) {
  const request = { method, headers: { ...identity(key), ...headers }, body: body && JSON.stringify(body) };
  return exchange(path, request, signal, timeLimit, async (response) => {
    const answer = response.status === 204 ? null : parsed(await response.text());
    // A failed request is 422 with a status of its own: an answer, not an error of the call.
    if (!response.ok && answer?.status !== "FAILED") throw new ApiError(problemIn(response, answer));
    if (response.status !== 204 && answer === null) return unreadable(response, method === "POST" ? null : false);
    return { body: answer, response };
  });
}

/**
 * One call and its answer, read to the end within the time limit. Ending `signal` rejects with its reason.
 * @template T
 * @param {string} address @param {RequestInit} request
 * @param {AbortSignal | undefined} signal @param {number} timeLimit
 * @param {(response: Response) => Promise<T>} read
 */
async function exchange(address, request, signal, timeLimit, read) {
  const limit = AbortSignal.timeout(timeLimit);
  try {
    return await read(await fetch(address, { ...request, signal: signal ? AbortSignal.any([signal, limit]) : limit }));
  } catch (error) {
    if (error instanceof ApiError || signal?.aborted) throw error;
    // What became of a POST without an answer is not known.
    const billed = request.method === "POST" ? null : false;
    if (limit.aborted) throw new ApiError(ownProblem("slow", "The server did not answer in time.", { billed }));
    throw new ApiError(ownProblem("offline", "The server cannot be reached. Is the network there?", { billed }));
  }
}

/**
 * Who asks: the key, or that it is the page's guest.
 * @param {string | null | undefined} key
 * @returns {Record<string, string>}
 */
function identity(key) {
  if (key === undefined) return {};
  return key === null ? { "sasha-guest": "1" } : { "x-api-key": key };
}

/** @param {string} id */
function requestPath(id) {
  return `/v2/requests/${encodeURIComponent(id)}`;
}

/** An object, or null for whatever else it is. @param {string} text @returns {any} */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** @param {Response} response @param {any} answer @returns {Problem} */
function problemIn(response, answer) {
  const { status, headers } = response;
  if (typeof answer?.code !== "string") {
    // Not the API's own words: a gateway's, a proxy's, a portal's. Such a 4xx came no further; else nobody knows.
    const turnedAway = status >= 400 && status < 500;
    const detail = `The answer cannot be read (HTTP ${status}).`;
    const retryable = !turnedAway || status === 408 || status === 429;
    const billed = turnedAway ? false : null;
    return ownProblem("unreadable", detail, { status, retryable, billed, retryAt: retryAt(headers) });
  }
  const retryable = answer.retryable === true;
  return {
    code: answer.code,
    detail: String(answer.detail ?? answer.error ?? "The call failed."),
    status,
    billed: typeof answer.billed === "boolean" ? answer.billed : null,
    retryable,
    retryAt: retryable ? retryAt(headers) : null,
    requestId: typeof answer.request_id === "string" ? answer.request_id : null,
    errors: Array.isArray(answer.errors) ? answer.errors : [],
    limit: answer.limit ?? null,
  };
}

/** @param {Response} response @param {boolean | null} [billed] @returns {never} */
function unreadable(response, billed = false) {
  const detail = `The answer cannot be read (HTTP ${response.status}).`;
  throw new ApiError(ownProblem("unreadable", detail, { status: response.status, billed }));
}

/**
 * When asking again is of use: when the limit renews, else after Retry-After, which is an hour at most.
 * @param {Headers} headers
 */
function retryAt(headers) {
  const renews = time(headers.get("x-rate-limit-reset-at-utc"));
  const after = headers.get("retry-after") ?? "";
  return renews ?? (/^\d+$/.test(after) ? Date.now() + Number(after) * 1000 : time(after));
}

/** ms since 1970 of an ISO or HTTP date. @param {unknown} text */
function time(text) {
  const at = typeof text === "string" ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}

/** @template T @param {unknown} value @param {T} otherwise @returns {number | T} */
function numberOr(value, otherwise) {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
