// The service worker, run with a network and a cache made for the test; and its list against the files there are.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import vm from "node:vm";

const FRONTEND = fileURLToPath(new URL("../../frontend/", import.meta.url));
const ORIGIN = "https://page.test";

// Read by people, type checkers and tests, or by the browser itself; the page never asks for them.
const NOT_THE_PAGE = [/^\/sw\.js$/, /\.d\.m?ts$/, /\/LICENSE[^/]*$/, /^\/vendor\/manifest\.json$/, /^\/robots\.txt$/];

/** Cache storage in memory, as far as the worker uses it. */
class Caches {
  stores = new Map();
  async open(name) {
    if (!this.stores.has(name)) this.stores.set(name, new Map());
    const store = this.stores.get(name);
    return { put: async (file, response) => void store.set(file, response) };
  }
  async match(file) {
    for (const store of this.stores.values()) if (store.has(file)) return store.get(file).clone();
  }
  async keys() {
    return [...this.stores.keys()];
  }
  async delete(name) {
    return this.stores.delete(name);
  }
}

/** The worker with its listeners in hand. `network` maps a path to a text, a Response or an Error. */
function started(network = {}) {
  const listeners = new Map();
  const fetched = [];
  const world = { caches: new Caches(), listeners, fetched, network, timers: [] };
  const fetch = async (asked) => {
    const path = new URL(typeof asked === "string" ? asked : asked.url, ORIGIN).pathname;
    fetched.push(path);
    const answer = path in world.network ? world.network[path] : (world.network["*"] ?? "as it was");
    if (answer instanceof Error) throw answer;
    return typeof answer === "string" ? new Response(answer) : answer instanceof Promise ? answer : answer.clone();
  };
  const self = {
    location: { origin: ORIGIN },
    addEventListener: (kind, listener) => listeners.set(kind, listener),
    skipWaiting: async () => {},
    clients: { claim: async () => {} },
  };
  const context = vm.createContext({
    self, caches: world.caches, fetch, URL, Response, Promise, Date,
    setTimeout: (run, ms, value) => void world.timers.push({ ms, end: () => run(value) }),
  });
  vm.runInContext(readFileSync(`${FRONTEND}sw.js`, "utf8"), context);
  world.files = vm.runInContext("FILES", context);
  world.install = () => happened(listeners.get("install"), {});
  world.ask = (path, more = {}) => {
    return happened(listeners.get("fetch"), { request: { url: new URL(path, ORIGIN).href, method: "GET", ...more } });
  };
  return world;
}

/** Lets an event happen; `answer` is null where the worker leaves the request alone. */
async function happened(listener, event) {
  const later = [];
  let answer = null;
  listener({ ...event, waitUntil: (promise) => later.push(promise), respondWith: (promise) => (answer = promise) });
  const text = answer && (await (await answer).text());
  return { text, settled: Promise.all(later) };
}

async function installed(network) {
  const world = started(network);
  await (await world.install()).settled;
  return world;
}

test("the list has every file of the page and no other", () => {
  const files = readdirSync(FRONTEND, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(FRONTEND, join(entry.parentPath ?? entry.path, entry.name))}`)
    .filter((file) => !NOT_THE_PAGE.some((pattern) => pattern.test(file)))
    .map((file) => (file === "/index.html" ? "/" : file));
  const { files: listed } = started();
  assert.equal(JSON.stringify([...listed].sort(), null, 2), JSON.stringify(files.sort(), null, 2));
});

test("offline, every file is there", async () => {
  const world = await installed();
  world.network = { "*": new Error("no network") };
  for (const file of world.files) assert.equal((await world.ask(file)).text, "as it was");
  assert.equal((await world.ask("/index.html")).text, "as it was");
  assert.equal((await world.ask("/?from=a-link")).text, "as it was");
});

test("with a network the page is today's, and offline too from then on, all of it together", async () => {
  const world = await installed();
  world.network = { "*": "new" };
  const { text, settled } = await world.ask("/");
  assert.equal(text, "new");
  await settled;
  world.network = { "*": new Error("no network") };
  for (const file of world.files) assert.equal((await world.ask(file)).text, "new");
  assert.equal((await world.caches.keys()).length, 1);
});

test("a file that is as it was renews nothing", async () => {
  const world = await installed();
  world.fetched.length = 0;
  await (await world.ask("/")).settled;
  assert.deepEqual(world.fetched, ["/"]);
});

test("half a renewal is none", async () => {
  const world = await installed();
  world.network = { "*": "new", "/favicon.svg": new Response("", { status: 503 }) };
  await (await world.ask("/")).settled;
  world.network = { "*": new Error("no network") };
  assert.equal((await world.ask("/")).text, "as it was");
});

test("a server in trouble or silent gives way to what was kept", async () => {
  const world = await installed();
  world.network = { "*": new Response("<h1>502</h1>", { status: 502 }) };
  assert.equal((await world.ask("/")).text, "as it was");

  world.network = { "*": new Promise(() => {}) };
  const asked = world.ask("/");
  await new Promise((resolve) => setTimeout(resolve, 10));
  world.timers.at(-1).end();
  assert.equal((await asked).text, "as it was");
});

test("the API, the pictures, other hosts and writes are left alone", async () => {
  const world = await installed();
  const others = [
    "/v1/models/BigDug-Sasha", "/v2/requests/1", "/v2/requests/1/images/0", "/outputs/1/0.png?X-Amz-Signature=1",
    "/openapi.json", "/healthz", "/sw.js", "/nothing.js", "https://other.test/",
  ];
  for (const path of others) assert.equal((await world.ask(path)).text, null, path);
  assert.equal((await world.ask("/", { method: "POST" })).text, null);
});

test("what cannot be kept whole is not installed", async () => {
  const world = started({ "/favicon.svg": new Response("", { status: 404 }) });
  const { settled } = await world.install();
  await assert.rejects(settled, /favicon\.svg|could not be kept/);
});
