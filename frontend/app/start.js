// Runs before the first paint: puts on the chosen theme, so that it does not flash, and has the modules come once the
// picture is on the screen. Until then line and processor are the picture's. No module itself: those run after a paint.
{
  /** How long the form waits for the picture at most. */
  const PATIENCE_MS = 1000;
  const INTENTS = ["pointerdown", "keydown", "hashchange", "visibilitychange"];
  /** @type {PerformanceObserver | undefined} */
  let observer;
  let begun = false;

  /** @param {string} name */
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // no storage: as on a first visit
    }
  };

  /** @param {EventTarget} target @param {string} type */
  const event = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

  /** Fetches at once all that index.html lists for later, and starts the page when it is there. */
  const begin = async () => {
    if (begun) return;
    begun = true;
    observer?.disconnect();
    if (document.readyState === "loading") await event(document, "DOMContentLoaded");
    const { content } = /** @type {HTMLTemplateElement} */ (document.getElementById("later"));
    const styles = /** @type {HTMLElement} */ (content.querySelector("[rel=stylesheet]"));
    const styled = Promise.race([event(styles, "load"), event(styles, "error")]);
    document.head.append(content);
    await styled;
    await import("./main.js").catch((error) => {
      console.warn(error);
      const unloaded = /** @type {HTMLElement} */ (document.getElementById("unloaded"));
      unloaded.hidden = false;
      unloaded.querySelector("a")?.addEventListener("click", (click) => {
        click.preventDefault();
        location.reload(); // at this very address, which may be a link with settings
      });
    });
  };

  const awaitPicture = () => {
    observer = new PerformanceObserver((list) => {
      const painted = /** @type {(PerformanceEntry & {element?: Element | null})[]} */ (list.getEntries());
      if (painted.some(({ element }) => element instanceof HTMLImageElement)) void begin();
    });
    observer.observe({ type: "largest-contentful-paint", buffered: true });
    setTimeout(begin, PATIENCE_MS);
    for (const intent of INTENTS) addEventListener(intent, begin, { once: true });
  };

  const theme = stored("sasha.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

  const seesTheExample = /^(#\/create)?$/.test(location.hash) && !stored("sasha.used") && !document.hidden;
  const isTold = PerformanceObserver.supportedEntryTypes?.includes("largest-contentful-paint");
  if (seesTheExample && isTold) awaitPicture();
  else void begin();
}
