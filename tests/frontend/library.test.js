// Pictures of this device: deleted with an undo and for good, starred, fetched again, taken from the server, cleared.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ApiError } from "../../frontend/app/api.js";
import { jobs, key, notices, pictures, shown } from "../../frontend/app/state.js";
import { faults, problem } from "./jobs-server.js";
import { FOX, KEY, Locks, openTab, OTHER_KEY, turns, until, untilEnded } from "./jobs-world.js";

const ERASE = /^DELETE /;

beforeEach(() => {
  key.value = null;
});

/** A tab with so many pictures of one request. @param {number} samples @param {Parameters<typeof openTab>[0]} [shared] */
async function tabWith(samples, shared) {
  const tab = openTab(shared);
  await untilEnded(tab.generate({ ...FOX, samples }));
  await turns();
  tab.server.calls.length = 0;
  notices.value = [];
  return { tab, ids: pictures.value.map((picture) => picture.id) };
}

test("a deletion is gone at once, back by Undo", async () => {
  const { tab, ids } = await tabWith(3);
  shown.value = { picture: ids[1] };
  void tab.library.remove([ids[1]]);
  assert.deepEqual([pictures.value.map((picture) => picture.id), shown.value], [[ids[0], ids[2]], null]);
  assert.match(notices.value[0].text, /1 picture deleted/);
  await turns();
  notices.value[0].action?.run();
  await turns();
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
  await tab.undoPasses();
  assert.deepEqual([tab.server.count(ERASE), notices.value], [0, []]);
  assert.equal((await tab.library.fileOf(pictures.value[1])).size, 8);
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

test("starred pictures are protected, and that is said", async () => {
  const { tab, ids } = await tabWith(2);
  await tab.library.star(ids[0], true);
  assert.equal((await tab.store.get("pictures", ids[0]))?.starred, true);
  void tab.library.remove([ids[0]]);
  assert.match(notices.value[0].text, /protected/);
  void tab.library.remove(ids);
  assert.match(notices.value[1].text, /1 picture deleted\. A starred picture is protected/);
  assert.deepEqual(pictures.value.map((picture) => picture.id), [ids[0]]);
});

test("all but the starred go, and can come back", async () => {
  const { tab, ids } = await tabWith(4);
  await tab.library.star(ids[2], true);
  void tab.library.removeAllButStarred();
  assert.deepEqual(pictures.value.map((picture) => picture.id), [ids[2]]);
  await turns();
  notices.value[0].action?.run();
  await turns();
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
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

test("other tabs see deletions, stars and new pictures", async () => {
  const { tab, ids } = await tabWith(2);
  const other = tab.disk.tab();
  const [first, second] = await tab.store.all("pictures");
  await other.write({ pictures: { put: [{ ...first, starred: true }, { ...second, deletedAt: 1 }] } });
  assert.deepEqual(pictures.value.map((picture) => [picture.id, picture.starred]), [[ids[0], true]]);
  await other.write({ pictures: { put: [second], remove: [ids[0]] } });
  assert.deepEqual(pictures.value.map((picture) => picture.id), [ids[1]]);
});

test("a file that is not here comes from the server, and is kept", async () => {
  const { tab, ids } = await tabWith(1);
  await tab.store.write({ files: { remove: ids } });
  const [file, again] = await Promise.all([tab.library.fileOf(pictures.value[0]), tab.library.thumbnailOf(pictures.value[0])]);
  assert.deepEqual([file.size, again.type], [8, "image/webp"]);
  assert.equal(tab.server.count(/images\/0$/), 1);
  assert.ok(await tab.store.get("files", ids[0]));
});

test("without the key of its account, it says which is missing", async () => {
  key.value = KEY;
  const { tab, ids } = await tabWith(1);
  await tab.store.write({ files: { remove: ids } });
  key.value = null;
  await assert.rejects(tab.library.fileOf(pictures.value[0]), (error) => {
    assert.ok(error instanceof ApiError);
    assert.match(error.problem.detail, /acme/);
    return true;
  });
});

test("a small copy is made where one is missing; where none can be, the picture serves", async () => {
  const { tab, ids } = await tabWith(1);
  const file = await tab.store.get("files", ids[0]);
  assert.ok(file);
  await tab.store.write({ files: { put: [{ ...file, thumbnail: null }] } });
  assert.equal((await tab.library.thumbnailOf(pictures.value[0])).type, "image/webp");
  assert.equal((await tab.store.get("files", ids[0]))?.thumbnail?.type, "image/webp");
});

test("a request of the server's history is taken to this device, once", async () => {
  key.value = KEY;
  const { tab } = await tabWith(2);
  const [requestId] = tab.server.requests.keys();
  const elsewhere = openTab({ server: tab.server });
  const ids = await elsewhere.library.keepRequest(/** @type {any} */ ({ request_id: requestId }), "acme", KEY.value);
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
  assert.deepEqual(pictures.value[0].settings, { ...FOX, seed: 7 });
  assert.deepEqual([pictures.value[0].cost, pictures.value[0].kept], [0.012, true]);
  await elsewhere.library.keepRequest(/** @type {any} */ ({ request_id: requestId }), "acme", KEY.value);
  assert.equal(pictures.value.length, 2);
});

test("prompts are remembered, the latest first, each once", async () => {
  const { tab } = await tabWith(1);
  for (const prompt of ["one", "two", "one"]) {
    tab.clock.at += 1;
    await tab.library.rememberPrompt(prompt);
  }
  assert.deepEqual(await tab.library.prompts(), ["one", "two", FOX.prompt]);
});

test("clearing forgets everything here and leaves the server's copies alone", async () => {
  key.value = KEY;
  const { tab } = await tabWith(2);
  assert.equal(await tab.library.clearDevice(), true);
  assert.deepEqual([jobs.value, pictures.value, key.value, shown.value], [[], [], null, null]);
  const tables = /** @type {const} */ (["jobs", "pictures", "files", "prompts", "erasures"]);
  for (const table of tables) assert.deepEqual(await tab.store.all(table), []);
  assert.equal(tab.server.count(ERASE), 0);
});

test("asked to, it erases the server's copies first", async () => {
  const { tab, ids } = await tabWith(2);
  assert.equal(await tab.library.clearDevice({ erase: true }), true);
  assert.deepEqual(tab.server.calls.filter((call) => ERASE.test(call)), [`DELETE /v2/requests/${ids[0].split("/")[0]}`]);
});

test("if they cannot be erased, nothing is cleared unless one insists", async () => {
  const { tab } = await tabWith(1);
  tab.server.meet(ERASE, faults.unsent);
  assert.equal(await tab.library.clearDevice({ erase: true }), false);
  assert.equal(pictures.value.length, 1);
  notices.value[0].action?.run();
  await until(() => pictures.value.length === 0);
});

test("clearing does what a deletion had put off", async () => {
  const { tab, ids } = await tabWith(2);
  void tab.library.remove([ids[0]]);
  await turns();
  await tab.library.clearDevice();
  assert.equal(tab.server.count(/^DELETE .*images\/0$/), 1);
});

test("what is under way when all is cleared does not come back", async () => {
  const tab = openTab();
  let arrive = () => {};
  tab.server.meet(/^GET \/outputs/, (process) => new Promise((resolve) => (arrive = () => resolve(process()))));
  tab.generate(FOX);
  await until(() => jobs.value[0]?.state === "running");
  await turns();
  await tab.library.clearDevice();
  arrive();
  await turns();
  assert.deepEqual([jobs.value, pictures.value, await tab.store.all("pictures"), await tab.store.all("jobs")], [[], [], [], []]);
});
