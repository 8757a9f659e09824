// Loads a style sheet when the view that needs it is first opened.

/** @type {Map<string, Promise<void>>} */
const asked = new Map();

/**
 * Adds the style sheet to the page; ready when it applies. It never fails: a view without its styles is better than
 * none, and the next one who asks tries again.
 * @param {string} href
 * @returns {Promise<void>}
 */
export function needStyles(href) {
  const before = asked.get(href);
  if (before) return before;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  const ready = new Promise((/** @type {(value: void) => void} */ resolve) => {
    link.onload = () => resolve();
    link.onerror = () => {
      asked.delete(href);
      link.remove();
      resolve();
    };
  });
  asked.set(href, ready);
  document.head.append(link);
  return ready;
}
