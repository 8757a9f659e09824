// The gateway as the tests of jobs and pictures need it: in memory, with faults to order.

/** What happens to one call in its place. @typedef {(process: () => Promise<Response>) => Promise<Response> | Response} Fault */

/** The faults that there are. @type {Record<string, Fault>} */
export const faults = {
  /** The network goes before anything is sent. */
  unsent: () => Promise.reject(new TypeError("Failed to fetch")),
  /** The call arrives, its answer does not. */
  answerLost: async (process) => {
    await process();
    throw new TypeError("Failed to fetch");
  },
  html: () => new Response("<!doctype html><title>502</title>", { status: 502, headers: { "content-type": "text/html" } }),
};

/** @param {number} status @param {string} code @param {object} [more] @param {Record<string, string>} [headers] */
export function problem(status, code, more = {}, headers = {}) {
  const body = { type: `urn:sasha:problem:${code}`, status, code, detail: `It is ${code}.`, billed: false, retryable: false, errors: [], ...more };
  return new Response(JSON.stringify(body), { status, headers });
}

/** @param {unknown} body @param {number} [status] @param {Record<string, string>} [headers] */
export function json(body, status = 200, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** The gateway, as far as the page meets it. Each look at a request moves it on by one of `steps`. */
export class Server {
  /** @type {Map<string, any>} */
  requests = new Map();
  /** @type {Map<string, string>} */
  keys = new Map();
  /** @type {string[]} */
  calls = [];
  /** @type {{ route: RegExp, fault: Fault }[]} */
  #faults = [];
  /** The states of a new request, by look; `pictures` is how many are stored by then. */
  steps = [{ status: "QUEUED", pictures: 0 }, { status: "PROCESSING", pictures: 0 }, { status: "COMPLETED", pictures: 9 }];
  /** @type {{ index: number, code: string, detail: string }[]} */
  failures = [];
  /** @type {{ code: string, error: string } | null} */
  failed = null;
  credits = 5;
  revoked = new Set();

  /** The next call whose "METHOD /path" matches meets this. @param {RegExp} route @param {...Fault} those */
  meet(route, ...those) {
    this.#faults.push(...those.map((fault) => ({ route, fault })));
  }

  /** @param {RegExp} route */
  count(route) {
    return this.calls.filter((call) => route.test(call)).length;
  }

  /** @param {string} address @param {RequestInit} [init] */
  fetch = async (address, { method = "GET", headers = {}, body, signal } = {}) => {
    const call = `${method} ${address}`;
    this.calls.push(call);
    signal?.throwIfAborted();
    const process = async () => this.#answer(method, address, new Headers(headers), body);
    const at = this.#faults.findIndex(({ route }) => route.test(call));
    if (at < 0) return process();
    const [{ fault }] = this.#faults.splice(at, 1);
    return fault(process);
  };

  /** @param {string} method @param {string} path @param {Headers} headers @param {any} body @returns {Response} */
  #answer(method, path, headers, body) {
    const key = headers.get("x-api-key");
    const account = key ? key.split("_")[1] : null;
    if (path.startsWith("/outputs/")) return this.#picture(path);
    if (!key && headers.get("sasha-guest") !== "1") return problem(401, "missing_api_key");
    if (key && this.revoked.has(key)) return problem(401, "invalid_api_key");
    if (path === "/v1/get-user-credits") {
      return json(key ? { credits: this.credits } : { credits: 0, free_images_left: 3, resets_at: "2026-11-23T00:00:00.000Z" });
    }
    if (method === "POST" && path === "/v2/BigDug-Sasha") return this.#submit(account, headers, JSON.parse(body));
    const [, , , id, part, index] = path.split("/");
    const request = this.requests.get(id);
    if (!request || (request.account !== null && request.account !== account)) return problem(404, "not_found");
    if (request.erased) return method === "DELETE" ? new Response(null, { status: 204 }) : problem(410, "erased");
    if (part === "cancel") return this.#cancel(request);
    if (method === "DELETE") {
      if (part === "images") request.gone.add(Number(index));
      else request.erased = true;
      return new Response(null, { status: 204 });
    }
    if (part === "images") return request.gone.has(Number(index)) ? problem(410, "erased") : this.#picture(path);
    return this.#result(request);
  }

  /** @param {string | null} account @param {Headers} headers @param {any} body */
  #submit(account, headers, body) {
    const name = `${account} ${headers.get("idempotency-key")}`;
    const known = this.keys.get(name);
    const id = known ?? crypto.randomUUID();
    if (!known) {
      this.keys.set(name, id);
      const request = { id, account, body, look: 0, gone: new Set(), steps: this.steps, failures: this.failures, failed: this.failed };
      this.requests.set(id, request);
      this.credits -= 0.012 * body.samples;
    }
    const left = account ? { "x-remaining-credits": this.credits.toFixed(6) } : { ratelimit: '"guest-images-per-day";r=2;t=100' };
    return json({ request_id: id, status: "QUEUED" }, 200, { ...left, ...(known ? { "idempotent-replayed": "true" } : {}) });
  }

  /** @param {any} request */
  #cancel(request) {
    const step = request.steps[Math.min(request.look, request.steps.length - 1)];
    if (step.status !== "QUEUED") return problem(409, "not_cancelable");
    request.steps = [{ status: "FAILED", pictures: 0 }];
    request.failed = { code: "canceled", error: "Canceled by its owner." };
    return json({ request_id: request.id, status: "FAILED", ...request.failed, metrics: {} });
  }

  /** @param {any} request */
  #result(request) {
    const { status, pictures } = request.steps[Math.min(request.look++, request.steps.length - 1)];
    const failures = status === "COMPLETED" ? request.failures : [];
    const indices = [...Array(request.body.samples).keys()].filter((index) => !request.failures.some((/** @type {any} */ failure) => failure.index === index));
    const images = indices.slice(0, pictures).map((index) => ({
      index, url: `/outputs/${request.id}/${index}?X-Amz-Signature=1`, expires_at: "2026-11-22T21:00:00.000Z",
      permalink: `https://page.example/v2/requests/${request.id}/images/${index}`, content_type: "image/png",
      file_name: `sasha-${7 + index}.png`, file_size: 8, width: 1024, height: 1024, seed: 7 + index,
    }));
    const ended = status === "COMPLETED" || status === "FAILED";
    const cost = status === "COMPLETED" ? { cost: request.account ? 0.012 * images.length : 0, total_time: 6.2 } : {};
    const body = {
      request_id: request.id, status, images, failures, warnings: [], seed: 7, parameters: { ...request.body, seed: 7 },
      created_at: "2026-11-22T20:00:00.000Z", completed_at: ended ? "2026-11-22T20:00:06.000Z" : null,
      expires_at: ended ? "2026-11-29T20:00:06.000Z" : null,
      metrics: { ...cost, ...(request.account ? { remaining_credits: this.credits } : {}) },
      ...(status === "FAILED" ? request.failed : {}),
    };
    return json(body, status === "FAILED" ? 422 : 200);
  }

  /** @param {string} path */
  #picture(path) {
    const index = Number(/(\d+)(\?.*)?$/.exec(path)?.[1]);
    return new Response(new Blob([new Uint8Array(8).fill(index)]), { headers: { "content-type": "image/png" } });
  }
}
