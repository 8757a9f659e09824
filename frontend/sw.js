// Service worker: keeps the page's own files for when there is no network. Network first, so that nobody is left with
// an old page; all files are renewed together, so that offline no new file meets an old one. It never touches the API,
// the pictures, or anything else that is not in the list.

/** Every file of the page. A test compares this with what lies in frontend/. */
const FILES = [
  "/",
  "/app/account.js",
  "/app/api.js",
  "/app/archive.js",
  "/app/attention.js",
  "/app/browser.js",
  "/app/clock.js",
  "/app/downloads.js",
  "/app/drop.js",
  "/app/erasures.js",
  "/app/eta.js",
  "/app/fitting.js",
  "/app/following.js",
  "/app/form.js",
  "/app/gallery-deeds.js",
  "/app/job-records.js",
  "/app/job-words.js",
  "/app/jobs.js",
  "/app/keeping.js",
  "/app/library.js",
  "/app/main.js",
  "/app/metadata/a1111.js",
  "/app/metadata/exif.js",
  "/app/metadata/index.js",
  "/app/metadata/jpeg.js",
  "/app/metadata/png.js",
  "/app/metadata/problem.js",
  "/app/metadata/samplers.js",
  "/app/metadata/unpack.js",
  "/app/metadata/webp.js",
  "/app/moments.js",
  "/app/nap.js",
  "/app/offline.js",
  "/app/openapi.js",
  "/app/picture-deeds.js",
  "/app/picture-urls.js",
  "/app/problem-deeds.js",
  "/app/problem-words.js",
  "/app/problems.js",
  "/app/room.js",
  "/app/rows.js",
  "/app/search.js",
  "/app/selection.js",
  "/app/sending.js",
  "/app/server-requests.js",
  "/app/settings.js",
  "/app/share.js",
  "/app/showing.js",
  "/app/snippets.js",
  "/app/start.js",
  "/app/state.js",
  "/app/store.js",
  "/app/styles-on-demand.js",
  "/app/styles.js",
  "/app/telling.js",
  "/app/thumbnails.js",
  "/app/uuid.js",
  "/app/views/about-dialog.js",
  "/app/views/action-bar.js",
  "/app/views/boxes.js",
  "/app/views/chosen-bar.js",
  "/app/views/clear-dialog.js",
  "/app/views/details.js",
  "/app/views/dialog.js",
  "/app/views/gallery-grid.js",
  "/app/views/gallery-item.js",
  "/app/views/gallery.js",
  "/app/views/get-key.js",
  "/app/views/guide-code.js",
  "/app/views/guide-errors.js",
  "/app/views/guide-openapi.js",
  "/app/views/guide-tables.js",
  "/app/views/guide.js",
  "/app/views/job.js",
  "/app/views/key-dialog.js",
  "/app/views/notices.js",
  "/app/views/panel-advanced.js",
  "/app/views/panel-fields.js",
  "/app/views/panel-generate.js",
  "/app/views/panel-prompt.js",
  "/app/views/panel-remarks.js",
  "/app/views/panel-seed.js",
  "/app/views/panel-words.js",
  "/app/views/panel.js",
  "/app/views/properties.js",
  "/app/views/server-history.js",
  "/app/views/shell.js",
  "/app/views/shortcuts-dialog.js",
  "/app/views/stage.js",
  "/app/views/storage.js",
  "/app/views/strip.js",
  "/app/weights.js",
  "/app/wildcards.js",
  "/example.avif",
  "/favicon-busy.svg",
  "/favicon.svg",
  "/styles/base.css",
  "/styles/gallery.css",
  "/styles/guide.css",
  "/styles/notices.css",
  "/styles/panel.css",
  "/styles/pictures.css",
  "/vendor/client-zip/index.js",
  "/vendor/idb/index.js",
  "/vendor/lit-html/directive-helpers.js",
  "/vendor/lit-html/directive.js",
  "/vendor/lit-html/directives/repeat.js",
  "/vendor/lit-html/lit-html.js",
  "/vendor/preact-signals-core/signals-core.mjs",
];

const NAME = "sasha-page";
/** How long a network that says nothing is waited for, where a kept copy could answer. */
const PATIENCE_MS = 4000;
const worker = /** @type {any} */ (self);
const listed = new Set(FILES);
/** @type {Promise<void> | null} */
let renewing = null;

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keepAll().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { origin, pathname } = new URL(event.request.url);
  const file = pathname === "/index.html" ? "/" : pathname;
  if (event.request.method !== "GET" || origin !== worker.location.origin || !listed.has(file)) return;
  event.respondWith(answer(event, file));
});

/** @param {any} event @param {string} file */
async function answer(event, file) {
  const kept = await caches.match(file);
  const asked = fetch(event.request);
  if (!kept) return asked;
  const before = kept.clone();
  event.waitUntil(asked.then((response) => renewIfOther(before, response.clone()), () => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  try {
    const response = await Promise.race([asked, late]);
    // A server in trouble is no better than none; what it says is of no use to a page.
    return response.ok ? response : kept;
  } catch {
    return kept;
  }
}

/** Renews all files if this one has changed. @param {Response} kept @param {Response} now */
async function renewIfOther(kept, now) {
  if (!now.ok || (await kept.text()) === (await now.text())) return;
  renewing ??= keepAll().catch(() => {}).finally(() => (renewing = null));
  await renewing;
}

/** All files or none, in a cache of their own; then the older caches go. */
async function keepAll() {
  const responses = await Promise.all(FILES.map((file) => fetch(file, { cache: "no-cache" })));
  const failed = responses.find((response) => !response.ok);
  if (failed) throw new Error(`${failed.url} could not be kept (${failed.status})`);
  const name = `${NAME} ${Date.now()}`;
  const cache = await caches.open(name);
  await Promise.all(FILES.map((file, at) => cache.put(file, responses[at])));
  for (const other of await caches.keys()) if (other.startsWith(NAME) && other !== name) await caches.delete(other);
}
