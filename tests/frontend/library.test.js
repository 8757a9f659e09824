// Pictures of this device: starred, fetched again, taken from the server, cleared. Deleting has its own file.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ApiError } from "../../frontend/app/api.js";
import { jobs, key, notices, pictures, shown } from "../../frontend/app/state.js";
import { faults } from "./jobs-server.js";
import { FOX, KEY, openTab, OTHER_KEY, tabWith, turns, until, untilEnded } from "./jobs-world.js";

const ERASE = /^DELETE /;

beforeEach(() => {
  key.value = null;
});

test("starred pictures are protected, and that is said", async () => {
  const { tab, ids } = await tabWith(2);
  await tab.library.star([ids[0]], true);
  assert.equal((await tab.store.get("pictures", ids[0]))?.starred, true);
  void tab.library.remove([ids[0]]);
  assert.match(notices.value[0].text, /protected/);
  void tab.library.remove(ids);
  await turns();
  assert.match(notices.value[1].text, /1 picture deleted\. A starred picture is protected/);
  assert.deepEqual(pictures.value.map((picture) => picture.id), [ids[0]]);
});

test("all but the starred go, and can come back", async () => {
  const { tab, ids } = await tabWith(4);
  await tab.library.star([ids[2]], true);
  void tab.library.removeAllButStarred();
  assert.deepEqual(pictures.value.map((picture) => picture.id), [ids[2]]);
  await turns();
  notices.value[0].action?.run();
  await turns();
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
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

test("what the server has deleted is not asked for", async () => {
  const { tab, ids } = await tabWith(1);
  await tab.store.write({ files: { remove: ids } });
  tab.clock.at = pictures.value[0].expiresAt ?? 0;
  for (const read of [tab.library.fileOf, tab.library.thumbnailOf]) {
    await assert.rejects(read({ ...pictures.value[0], kept: false }), (error) => {
      assert.ok(error instanceof ApiError);
      return error.problem.code === "not_found";
    });
  }
  assert.deepEqual(tab.server.calls, []);
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
  const { ids, outcomes } = await elsewhere.library.keepRequest(/** @type {any} */ ({ request_id: requestId }), "acme", KEY.value);
  assert.deepEqual(pictures.value.map((picture) => picture.id), ids);
  assert.deepEqual(pictures.value[0].settings, { ...FOX, seed: 7 });
  assert.deepEqual([pictures.value[0].cost, pictures.value[0].kept], [0.012, true]);
  assert.deepEqual(outcomes, ["fetched", "fetched"]);
  const again = await elsewhere.library.keepRequest(/** @type {any} */ ({ request_id: requestId }), "acme", KEY.value);
  assert.deepEqual([pictures.value.length, again.outcomes], [2, ["here", "here"]]);
});

test("of a request of the server's history, what cannot be fetched is told apart", async () => {
  const { tab } = await tabWith(2);
  const [requestId] = tab.server.requests.keys();
  const elsewhere = openTab({ server: tab.server });
  tab.server.meet(/(outputs|images).*\/0/, ...Array(3).fill(faults.unsent));
  const { outcomes } = await elsewhere.library.keepRequest(/** @type {any} */ ({ request_id: requestId }), null, null);
  assert.deepEqual(outcomes, ["missing", "fetched"]);
});

test("on a page that took nothing up yet, it comes beside what is kept, and is told of", async () => {
  const { tab, ids: [first] } = await tabWith(1);
  const disk = tab.disk;
  await untilEnded(tab.generate({ ...FOX, seed: 3 }));
  await turns();
  const [{ requestId }] = pictures.value.filter((picture) => picture.id !== first);
  const [row] = (await tab.store.all("pictures")).filter((each) => each.requestId === requestId);
  await tab.store.write({ pictures: { remove: [row.id] }, files: { remove: [row.id] } });
  const after = openTab({ server: tab.server, disk });
  let uses = 0;
  after.browser.noteUse = () => (uses += 1);
  await after.library.keepRequest(/** @type {any} */ ({ request_id: requestId }), null, null);
  assert.deepEqual(pictures.value.map((picture) => picture.id).sort(), [first, row.id].sort());
  await disk.tab().write({ pictures: { put: [{ ...row, starred: true }] } });
  assert.deepEqual([uses, pictures.value.find((picture) => picture.id === row.id)?.starred], [1, true]);
});

test("on a page that took nothing up yet, clearing erases what is kept", async () => {
  const { tab, ids } = await tabWith(1);
  const [job] = await tab.store.all("jobs");
  const other = { ...job, id: "another", requestId: "r-2", pictures: [] };
  await tab.store.write({ jobs: { put: [other], remove: [job.id] } });
  const after = openTab({ server: tab.server, disk: tab.disk });
  assert.equal(await after.library.clearDevice({ erase: true }), true);
  assert.deepEqual(after.server.calls.filter((call) => ERASE.test(call)).sort(), [
    `DELETE /v2/requests/${ids[0].split("/")[0]}`, "DELETE /v2/requests/r-2",
  ].sort());
  assert.deepEqual([pictures.value, await after.store.all("pictures")], [[], []]);
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
  await until(() => notices.value.some(({ text }) => text === "This device is cleared."));
});

test("what takes a key that is not in use is not passed over in silence", async () => {
  key.value = KEY;
  const { tab } = await tabWith(2);
  key.value = OTHER_KEY;
  assert.equal(await tab.library.clearDevice({ erase: true }), false);
  assert.equal(tab.server.count(ERASE), 0);
  assert.match(notices.value[0].text, /^1 request could not be erased.*the key of “acme”.*Nothing is cleared yet/);
  key.value = KEY;
  assert.equal(await tab.library.clearDevice({ erase: true }), true);
  assert.deepEqual([tab.server.count(ERASE), pictures.value.length], [1, 0]);
});

test("what the server has deleted by itself is not erased there again", async () => {
  const { tab } = await tabWith(1);
  tab.clock.at = pictures.value[0].expiresAt ?? 0;
  assert.equal(await tab.library.clearDevice({ erase: true }), true);
  assert.equal(tab.server.count(ERASE), 0);
});

test("a device that cannot be cleared is told of", async () => {
  const { tab } = await tabWith(1);
  tab.store.clear = () => Promise.reject(new Error("blocked"));
  assert.equal(await tab.library.clearDevice(), false);
  assert.match(notices.value[0].text, /^Not everything could be deleted/);
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
