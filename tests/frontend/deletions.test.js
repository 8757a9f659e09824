// Deleted pictures: back by Undo while that lasts, then erased here and on the server, now or as soon as that is possible.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { key, notices, pictures, shown } from "../../frontend/app/state.js";
import { faults, problem } from "./jobs-server.js";
import { FOX, KEY, Locks, openTab, OTHER_KEY, tabWith, turns, until, untilEnded } from "./jobs-world.js";

const ERASE = /^DELETE /;

beforeEach(() => {
  key.value = null;
});

/** What is written from now on. @param {import("../../frontend/app/store.js").Store} store */
function writingsOf(store) {
  /** @type {import("../../frontend/app/store.js").Change[]} */
  const writings = [];
  const write = store.write.bind(store);
  store.write = async (change) => {
    writings.push(change);
    return write(change);
  };
  return writings;
}

test("a deletion is gone at once, back by Undo", async () => {
  const { tab, ids } = await tabWith(3);
  shown.value = { picture: ids[1] };
  void tab.library.remove([ids[1]]);
  assert.deepEqual([pictures.value.map((picture) => picture.id), shown.value], [[ids[0], ids[2]], null]);
  await turns();
  assert.match(notices.value[0].text, /1 picture deleted/);
  notices.value[0].action?.run();
  await turns();
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
  await tab.undoPasses();
  assert.deepEqual([tab.server.count(ERASE), notices.value], [0, []]);
  assert.equal((await tab.library.fileOf(pictures.value[1])).size, 8);
});

test("a deletion is told once it is on record, for then the page may be closed", async () => {
  const { tab, ids } = await tabWith(1);
  const write = tab.store.write.bind(tab.store);
  let written = () => {};
  tab.store.write = (change) => new Promise((resolve) => (written = () => resolve(write(change))));
  void tab.library.remove(ids);
  await turns();
  assert.deepEqual([pictures.value, notices.value], [[], []]);
  written();
  await turns();
  assert.match(notices.value[0].text, /1 picture deleted/);
});

test("an Undo at the last moment brings all back, by one writing", async () => {
  const { tab, ids } = await tabWith(4);
  void tab.library.remove(ids);
  await turns();
  const writings = writingsOf(tab.store);
  notices.value[0].action?.run();
  await tab.undoPasses();
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
  assert.deepEqual((await tab.store.all("pictures")).filter((row) => row.deletedAt), []);
  assert.deepEqual([tab.server.count(ERASE), writings.length], [0, 1]);
});

test("an Undo brings back what the request's end told meanwhile", async () => {
  key.value = KEY;
  const tab = openTab();
  tab.server.steps = [{ status: "PROCESSING", pictures: 1 }, { status: "COMPLETED", pictures: 1 }];
  let end = () => {};
  const look = /^GET \/v2\/requests\/[^/]+$/;
  tab.server.meet(look, (process) => process(), (process) => new Promise((go) => (end = () => go(process()))));
  const job = tab.generate(FOX);
  await until(() => pictures.value.length === 1);
  await turns();
  void tab.library.remove([pictures.value[0].id]);
  await turns();
  end();
  await untilEnded(job);
  await turns();
  notices.value[0].action?.run();
  await turns();
  assert.deepEqual([pictures.value[0].cost, (await tab.store.all("pictures"))[0].cost], [0.012, 0.012]);
});

test("what another tab has erased for good does not come back", async () => {
  const { tab, ids } = await tabWith(1);
  void tab.library.remove(ids);
  await turns();
  await tab.disk.tab().write({ pictures: { remove: ids }, files: { remove: ids } });
  notices.value[0].action?.run();
  await tab.undoPasses();
  assert.deepEqual([pictures.value, await tab.store.all("pictures"), tab.server.count(ERASE)], [[], [], 0]);
});

test("with no room to note a deletion, Undo brings it back all the same", async () => {
  const { tab, ids } = await tabWith(1);
  tab.disk.brimful = true;
  void tab.library.remove(ids);
  await turns();
  tab.disk.brimful = false;
  notices.value.find(({ action }) => action?.label === "Undo")?.action?.run();
  await tab.undoPasses();
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
  assert.equal(tab.server.count(ERASE), 0);
});

test("when the undo has passed, it is erased here and on the server", async () => {
  const { tab, ids } = await tabWith(2);
  void tab.library.remove([ids[0]]);
  await turns();
  assert.equal(tab.server.count(ERASE), 0);
  await tab.undoPasses();
  assert.deepEqual(tab.server.calls, [`DELETE /v2/requests/${ids[0].replace("/", "/images/")}`]);
  assert.deepEqual([await tab.store.get("pictures", ids[0]), await tab.store.get("files", ids[0])], [undefined, undefined]);
  assert.deepEqual([await tab.store.all("erasures"), notices.value], [[], []]);
});

test("a deletion outlives a reload", async () => {
  const { tab, ids } = await tabWith(2);
  void tab.library.remove([ids[0]]);
  await turns();
  const after = openTab({ ...tab, locks: new Locks() });
  await after.resume();
  assert.deepEqual(pictures.value.map((picture) => picture.id), [ids[1]]);
  assert.ok(await after.store.get("pictures", ids[0]), "another tab may still take it back");
  await after.undoPasses();
  assert.equal(after.server.count(ERASE), 1);
  assert.equal(await after.store.get("pictures", ids[0]), undefined);
});

const stillRuns = () => problem(409, "not_cancelable");
const hindrances = { offline: faults.unsent, "a server in trouble": faults.html, "a request that still runs": stillRuns };
for (const [why, fault] of Object.entries(hindrances)) {
  test(`with ${why}, the server's copy is erased at the next load`, async () => {
    const { tab, ids } = await tabWith(1);
    tab.server.meet(ERASE, fault);
    void tab.library.remove(ids);
    await turns();
    await tab.undoPasses();
    assert.deepEqual((await tab.store.all("erasures")).map((erasure) => erasure.id), ids);
    const after = openTab({ ...tab, locks: new Locks() });
    await after.resume();
    await turns();
    assert.deepEqual(await after.store.all("erasures"), []);
    assert.equal(after.server.count(ERASE), 2);
  });
}

for (const code of ["not_found", "erased"]) {
  test(`a copy that is gone already (${code}) counts as erased`, async () => {
    const { tab, ids } = await tabWith(1);
    tab.server.meet(ERASE, () => problem(code === "erased" ? 410 : 404, code));
    void tab.library.remove(ids);
    await turns();
    await tab.undoPasses();
    assert.deepEqual(await tab.store.all("erasures"), []);
  });
}

test("a copy of another key's waits for that key", async () => {
  key.value = KEY;
  const { tab, ids } = await tabWith(1);
  await tab.resume();
  key.value = OTHER_KEY;
  void tab.library.remove(ids);
  await turns();
  await tab.undoPasses();
  assert.deepEqual([tab.server.count(ERASE), (await tab.store.all("erasures")).length], [0, 1]);
  key.value = KEY;
  await turns();
  assert.deepEqual([tab.server.count(ERASE), (await tab.store.all("erasures")).length], [1, 0]);
});

test("with no room to note a deletion, it is done all the same", async () => {
  const { tab, ids } = await tabWith(1);
  tab.disk.brimful = true;
  void tab.library.remove(ids);
  await turns();
  tab.disk.brimful = false;
  await tab.undoPasses();
  assert.deepEqual([await tab.store.all("pictures"), tab.server.count(ERASE)], [[], 1]);
});
