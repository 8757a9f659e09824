// What the browser keeps: all or nothing, told to the other tabs, and in memory where it keeps nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inMemory, openStore, Store, StorageFull } from "../../frontend/app/store.js";

/** @typedef {import("../../frontend/app/store.js").PictureFile} PictureFile */

const PICTURE = /** @type {any} */ ({ id: "r/0", requestId: "r" });
const FILE = { id: "r/0", picture: new Blob(["picture"]), thumbnail: null };

/** Two tabs' ends of a channel. @returns {any[]} */
function channel() {
  /** @type {any[]} */
  const ends = [0, 1].map((at) => ({
    onmessage: null,
    postMessage: (/** @type {any} */ data) => ends[1 - at].onmessage?.({ data }),
  }));
  return ends;
}

/** A database of one table, as idb gives it; `fail` is what writing meets. @param {{ fail?: () => Error | null, rows?: Map<string, any> }} [how] */
function database({ fail = () => null, rows = new Map() } = {}) {
  return {
    closed: false,
    async get(/** @type {string} */ _table, /** @type {string} */ id) {
      if (this.closed) throw Object.assign(new Error("The database connection is closing."), { name: "InvalidStateError" });
      return rows.get(id);
    },
    transaction() {
      const error = fail();
      const done = error ? Promise.reject(error) : Promise.resolve();
      done.catch(() => {});
      return {
        error: null,
        done,
        abort() {},
        objectStore: () => ({
          put: async (/** @type {any} */ row) => rows.set(row.id, row),
          delete: async (/** @type {string} */ id) => rows.delete(id),
          clear: async () => rows.clear(),
        }),
      };
    },
  };
}

/** @param {string} name */
function named(name) {
  return () => Object.assign(new Error(name), { name });
}

test("a browser without a database keeps everything in memory", async () => {
  const store = await openStore();
  assert.equal(store.durable, false);
  await store.write({ pictures: { put: [PICTURE] }, files: { put: [FILE] } });
  assert.deepEqual(await store.all("pictures"), [PICTURE]);
  assert.equal((await store.get("files", "r/0"))?.picture, FILE.picture);
});

test("one that never answers does not keep the page waiting", async () => {
  const store = await openStore({ open: () => new Promise(() => {}), channel: null, patience: 10 });
  assert.equal(store.durable, false);
});

test("one that refuses does not stop the page", async () => {
  const store = await openStore({ open: () => Promise.reject(named("SecurityError")()), channel: null });
  assert.equal(store.durable, false);
});

test("a change is told to the other tabs, without its files", async () => {
  const [one, other] = channel();
  const medium = inMemory();
  const [mine, theirs] = [new Store(medium, true, one), new Store(medium, true, other)];
  /** @type {any[]} */
  const [heard, echoed] = [[], []];
  theirs.onChange((news) => heard.push(news));
  mine.onChange((news) => echoed.push(news));
  await mine.write({ pictures: { put: [PICTURE] }, files: { put: [FILE] } });
  await mine.write({ files: { put: [FILE] } });
  assert.deepEqual(heard, [{ change: { pictures: { put: [PICTURE] } } }]);
  assert.deepEqual(echoed, []);
});

test("clearing empties all, and is told to everyone", async () => {
  const [one, other] = channel();
  const medium = inMemory();
  const [mine, theirs] = [new Store(medium, true, one), new Store(medium, true, other)];
  /** @type {any[]} */
  const heard = [];
  mine.onChange((news) => heard.push(news));
  theirs.onChange((news) => heard.push(news));
  await mine.write({ pictures: { put: [PICTURE] } });
  theirs.hold(FILE);
  await mine.clear();
  assert.deepEqual(heard.slice(-2), [{ cleared: true }, { cleared: true }]);
  assert.deepEqual([await theirs.all("pictures"), theirs.held()], [[], []]);
});

test("what is held in memory is found like what is kept, until it is kept", async () => {
  const store = new Store(inMemory(), true, null);
  store.hold(FILE);
  assert.equal(await store.get("files", "r/0"), FILE);
  await store.write({ files: { put: [FILE] } });
  assert.deepEqual(store.held(), []);
  assert.equal(await store.get("files", "r/0"), FILE);
  store.hold(FILE);
  await store.write({ files: { remove: ["r/0"] } });
  assert.equal(await store.get("files", "r/0"), undefined);
});

test("no more room is told apart from other faults", async () => {
  for (const [name, kind] of /** @type {const} */ ([["QuotaExceededError", StorageFull], ["UnknownError", Error]])) {
    const open = /** @type {any} */ (async () => database({ fail: named(name) }));
    const store = await openStore({ open, channel: null });
    assert.equal(store.durable, true);
    await assert.rejects(store.write({ pictures: { put: [PICTURE] } }), (error) => error?.constructor === kind);
  }
});

test("a connection that was taken away is made anew", async () => {
  const rows = new Map([["r/0", PICTURE]]);
  /** @type {any[]} */
  const opened = [];
  const open = /** @type {any} */ (async () => opened[opened.push(database({ rows })) - 1]);
  const store = await openStore({ open, channel: null });
  opened[0].closed = true;
  assert.equal(await store.get("pictures", "r/0"), PICTURE);
  assert.equal(opened.length, 2);
});

test("a row that cannot be written takes the others of its change with it", async () => {
  let aborted = false;
  const broken = database();
  const { transaction } = broken;
  broken.transaction = () => ({
    ...transaction(),
    abort: () => void (aborted = true),
    objectStore: () => ({ put: () => { throw named("DataCloneError")(); }, delete: async () => true, clear: async () => {} }),
  });
  const store = await openStore({ open: /** @type {any} */ (async () => broken), channel: null });
  await assert.rejects(store.write({ jobs: { put: [/** @type {any} */ ({ id: "a" })] } }), { name: "DataCloneError" });
  assert.ok(aborted);
});
