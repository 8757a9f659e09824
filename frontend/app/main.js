// Joins the page's parts: renders each region when the signals it reads change, and loads what is needed when it is.

import { nothing, render } from "../vendor/lit-html/lit-html.js";
import { batch, computed, effect, signal } from "../vendor/preact-signals-core/signals-core.mjs";
import { refreshAllowance, restoreKey } from "./account.js";
import { ApiError, getModel } from "./api.js";
import { defaults } from "./settings.js";
import {
  announcement, cannotLoad, dialog, elsewhere, fillForm, headline, jobs, key, LOAD_AGAIN, model, modelProblem, notices,
  notify, online, pictures, route, settings, singleKeys, siteName,
} from "./state.js";
import { panel } from "./views/panel.js";
import { accountBar, footer, navigation } from "./views/shell.js";
import { stage } from "./views/stage.js";

/** @typedef {() => unknown} View */

const VIEWS = ["create", "gallery", "api"];
/** The API looks no more often itself. */
const LEAST_PAUSE_S = 15;

/** @type {Record<string, () => Promise<View>>} */
const DIALOGS = {
  key: () => import("./views/key-dialog.js").then((module) => module.keyDialog),
  about: () => import("./views/about-dialog.js").then((module) => module.aboutDialog),
  shortcuts: () => import("./views/shortcuts-dialog.js").then((module) => module.shortcutsDialog),
  details: () => import("./views/details.js").then((module) => module.detailsDialog),
  clear: () => import("./views/clear-dialog.js").then((module) => module.clearDialog),
};

/** @param {string} id */
const region = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Renders what `view` gives, again whenever a signal that it read changes. @param {string} id @param {View} view */
function mount(id, view) {
  region(id).replaceChildren(); // what stood there for those without JavaScript
  effect(() => void render(view(), region(id)));
}

/** The same for a view that is loaded once `needed` says so. @param {string} id @param {() => boolean} needed @param {() => Promise<View>} load */
function mountLater(id, needed, load) {
  const view = signal(/** @type {View | null} */ (null));
  let asked = false;
  effect(() => {
    if (!needed() || asked) return;
    asked = true;
    load().then((loaded) => (view.value = loaded), () => ((asked = false), id === "notices" || cannotLoad())); // what would tell of it is what cannot be loaded
  });
  mount(id, () => (view.value && needed() ? view.value() : nothing));
}

/** Asks the API what it can do; the form and the prices come from its answer. */
async function loadModel() {
  try {
    const known = await getModel();
    batch(() => ((model.value = known), (modelProblem.value = null)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    modelProblem.value = error.problem;
  }
}

/** On demand: what stood in the form's place goes meanwhile. */
function retryModel() {
  if (modelProblem.peek()?.code === "unloaded") return LOAD_AGAIN.run();
  modelProblem.value = null;
  void loadModel();
}

/** While pictures cannot be made, the API is asked again when it said so, as long as somebody is looking. */
function awaitOpening() {
  const isClosed = () =>
    model.value?.availability?.accepting === false || !["unloaded", undefined].includes(modelProblem.value?.code);
  const look = () => void (isClosed() && !document.hidden && loadModel());
  effect(() => {
    const after = model.value?.availability?.retry_after_s ?? 0;
    if (!isClosed()) return undefined;
    const timer = setTimeout(look, Math.max(after, LEAST_PAUSE_S) * 1000);
    return () => clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", look);
}

function showDialogs() {
  const views = signal(/** @type {Record<string, View>} */ ({}));
  effect(() => {
    const name = dialog.value;
    if (!name || views.peek()[name]) return;
    DIALOGS[name]().then((view) => (views.value = { ...views.peek(), [name]: view }), () => ((dialog.value = null), cannotLoad()));
  });
  effect(() => {
    const root = region("dialogs");
    const view = dialog.value && views.value[dialog.value];
    render(view ? view() : nothing, root);
    const element = root.querySelector("dialog");
    if (element && !element.open) element.showModal();
  });
}

function followRoute() {
  const read = () => {
    const [, view = "", query] = /^#\/([a-z]+)(\?.*)?$/s.exec(location.hash || "#/create") ?? [];
    if (VIEWS.includes(view)) route.value = view;
    else history.replaceState(null, "", `#/${route.peek()}`); // "Skip to the content", too, stays in the view
    if (query && view === "create") linked.value = location.hash;
  };
  const linked = signal("");
  const formIsThere = computed(() => settings.value !== null); // what it held is the link's Undo
  addEventListener("hashchange", read);
  read();
  effect(() => {
    for (const view of VIEWS) region(view === "api" ? "guide" : view).hidden = route.value !== view;
    scrollTo(0, 0);
  });
  effect(() => {
    if (!linked.value || !model.value || !formIsThere.value) return;
    void takeLink(linked.value, model.value);
    linked.value = "";
  });
}

/** Puts a shared link's settings into the form; what was there before is one Undo away. @param {string} fragment @param {import("./types.js").Model} known */
async function takeLink(fragment, known) {
  const reader = await import("./share.js").catch(cannotLoad);
  if (!reader) return; // the link stays in the address, for when the page is loaded anew
  if (location.hash === fragment) history.replaceState(null, "", "#/create");
  const found = reader.read(fragment, known);
  if (!found) return;
  if (Object.keys(found.settings).length === 0) {
    return void notify(["The form stays as it was.", ...found.said].join(" "), { kind: "bad", stays: true });
  }
  const said = ["The settings of the link are in the form.", ...found.said].join(" ");
  fillForm({ ...defaults(known), ...found.settings }, said, { stays: found.said.length > 0 });
}

/** A picture that is dropped or pasted brings its settings; what reads them, and then listens, comes with the first. */
function awaitPictures() {
  const early = new AbortController();
  let ownDrag = false;
  const holdsFiles = (/** @type {DragEvent} */ event) => !ownDrag && event.dataTransfer?.types.includes("Files");
  const load = async (/** @type {FileList | null} */ list) => {
    const files = list && [...list]; // which the browser takes away after the event
    const reader = await import("./drop.js").catch(() => void (files && cannotLoad()));
    if (!reader) return;
    if (!early.signal.aborted) reader.takeDrops();
    early.abort();
    if (files) void reader.takeFiles(files);
  };
  /** @type {Record<string, (event: any) => unknown>} */
  const listeners = {
    dragstart: () => (ownDrag = true),
    dragend: () => (ownDrag = false),
    dragenter: (event) => holdsFiles(event) && load(null),
    dragover: (event) => holdsFiles(event) && event.preventDefault(), // else the browser opens it in the page's place
    drop: (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      void load(event.dataTransfer.files);
    },
    paste: (event) => {
      const { files = [], types = [] } = event.clipboardData ?? {};
      if (files.length === 0 || types.includes("text/plain")) return; // as in drop.js
      event.preventDefault();
      void load(files);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener, { signal: early.signal });
}

/**
 * Other tabs: each holds a lock of its own for as long as it lives. Whoever is given it instead knows that it is gone.
 * Throws where storage is forbidden: then nothing is shared with other tabs.
 */
function watchTabs() {
  if (!navigator.locks) return; // not by https
  const mine = `sasha.tab ${crypto.randomUUID()}`;
  const others = new Set([mine]); // met already, as it were
  const meet = async (/** @type {string} */ name) => {
    if (others.has(name)) return;
    others.add(name);
    elsewhere.value = true;
    await navigator.locks.request(name, () => {});
    others.delete(name);
    elsewhere.value = others.size > 1;
  };
  const channel = new BroadcastChannel("sasha.tabs");
  channel.onmessage = ({ data }) => void meet(data);
  const held = navigator.locks.request(mine, async () => {
    channel.postMessage(mine);
    const { held: all = [] } = await navigator.locks.query();
    for (const { name = "" } of all) if (name.startsWith("sasha.tab ")) void meet(name);
    return new Promise(() => {});
  });
  held.catch(() => {}); // forbidden in another way
}

/** A key held down is one click: of what costs something there are not thirty a second. @param {KeyboardEvent} event */
function onRepeat(event) {
  if (event.repeat && event.key === "Enter" && event.target instanceof HTMLButtonElement) event.preventDefault();
}

/** Single keys work where nothing is being typed, unless they are switched off (WCAG 2.1.4). @param {KeyboardEvent} event */
async function onKey(event) {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog, [popover], [role=tab]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !singleKeys.value) return;
  if (event.key === "?") dialog.value = "shortcuts";
  else if (event.key === "/") {
    event.preventDefault();
    route.value = "gallery"; // at once: whoever goes on typing means the search
    location.hash = "#/gallery";
    await import("./views/gallery.js").catch(() => {}); // as does who shows this
    requestAnimationFrame(() => document.querySelector(/** @type {"input"} */ ("#gallery input[type=search]"))?.focus());
  } else if (route.value === "create" && (jobs.value.length || pictures.value.length)) {
    (await import("./views/job.js").catch(() => null))?.stageKeys[event.key]?.(); // who shows it says so
  }
}

/** @param {string} name */
function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

singleKeys.value = stored("sasha.shortcuts") !== "off";
online.value = navigator.onLine;
addEventListener("online", () => (online.value = true));
addEventListener("offline", () => (online.value = false));
addEventListener("keydown", onRepeat);
addEventListener("keydown", onKey);

mount("nav", navigation);
mount("account", accountBar);
mount("footer", footer);
mount("panel", () => panel({ onRetry: retryModel }));
stage(region("stage"));
mountLater("strip", () => jobs.value.length + pictures.value.length > 0, () => import("./views/strip.js").then((module) => module.strip));
mountLater("gallery", () => route.value === "gallery", () => import("./views/gallery.js").then((module) => module.gallery));
mountLater("guide", () => route.value === "api", () => import("./views/guide.js").then((module) => module.guide));
mountLater("notices", () => notices.value.length > 0 || announcement.value !== null, () => import("./views/notices.js").then((module) => module.noticesView));
showDialogs();
followRoute();
awaitPictures();
awaitOpening();

effect(() => {
  region("name").textContent = siteName.value;
  document.title = headline.value ?? `${siteName.value}: pictures from words`;
});
effect(() => {
  if (model.value !== null) void refreshAllowance();
});
effect(() => {
  // Without a key again. What is left of a new one was told when that was checked.
  if (key.value === null && model.peek() !== null) void refreshAllowance();
});
effect(() => {
  if (online.value && modelProblem.peek()) void loadModel(); // what did not come without a network comes with it
});

restoreKey();
void loadModel();
// What is on its way, or was kept, belongs to whoever was here before; a first visit loads none of it.
const resume = () => import("./jobs.js").then((jobs) => jobs.resume(), cannotLoad);
if (stored("sasha.used")) void resume();
// Another tab has stored something, the first that there is.
addEventListener("storage", (event) => {
  if (event.key === "sasha.used" && event.newValue) void resume();
  if (event.key === "sasha.shortcuts") singleKeys.value = event.newValue !== "off";
});
try {
  watchTabs();
} catch {
  // No other tab is told apart.
}
