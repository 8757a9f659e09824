// Has the page's own files kept for when there is no network. Asked for once a picture is kept: before, there is
// nothing to look at offline, and a first visit should cost nothing more.

const WORKER = "/sw.js";
const CACHES = "sasha-page";

/** @type {Promise<boolean> | undefined} */
let asked;
/** @type {any} */
let policy;

/** Trusted Types take a script's address only from a policy, made once; this one knows a single address. */
function workerAddress() {
  const types = /** @type {any} */ (globalThis).trustedTypes;
  policy ??= types?.createPolicy("app-sw", { createScriptURL: () => WORKER });
  return policy ? policy.createScriptURL("") : WORKER;
}

/**
 * Registers the service worker, once per page. False where the browser has none or refuses: the page needs a network.
 * @returns {Promise<boolean>}
 */
export function keepPage() {
  asked ??= register();
  return asked;
}

async function register() {
  if (!navigator.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register(workerAddress(), { scope: "/", updateViaCache: "none" });
    return true;
  } catch {
    return false;
  }
}

/** Takes the worker and all it kept away again. */
export async function forgetPage() {
  asked = undefined;
  const registration = await navigator.serviceWorker?.getRegistration("/");
  await registration?.unregister();
  if (!globalThis.caches) return;
  for (const name of await caches.keys()) if (name.startsWith(CACHES)) await caches.delete(name);
}
