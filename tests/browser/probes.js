// What test_accessibility.py asks the page about and axe does not: each probe gives a line for everything it finds.

globalThis.probes = {
  /** What makes the page scroll sideways. What scrolls within itself may be as wide as it likes. */
  tooWide() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = all("body *").filter((each) => each.getBoundingClientRect().right > clientWidth + 0.5);
    return [`${scrollWidth} px`, ...out.slice(0, 3).map(brief)];
  },

  /** What takes its time although the visitor asked for less motion. */
  moving() {
    const slow = (text) => text.split(",").some((each) => parseFloat(each) > 0.05);
    return all("body, body *").filter((each) => {
      const { transitionDuration, animationDuration } = getComputedStyle(each);
      return slow(transitionDuration) || slow(animationDuration);
    }).map(brief);
  },

  /**
   * Where the Tab key has led: "" if it can be seen there, null where it has been before.
   * @param {boolean} first
   */
  async stop(first) {
    if (first) seen.clear();
    // What scrolls into view has done so in the next frame.
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const element = document.activeElement;
    if (!element || element === document.body || seen.has(element)) return null;
    seen.add(element);
    // A radio button or a checkbox may be drawn by its label.
    const shown = [element, ...(element.labels ?? [])];
    if (!shown.some(isOnTop)) return `out of sight or covered: ${brief(element)}`;
    return shown.some(isMarked) ? "" : `not marked: ${brief(element)}`;
  },

  /** What is too small for a finger: under 44 px, or under 38 where there are many in a row. */
  small() {
    const kinds = { ".button, .icon-button, [role=tab]": 44, ".chip, .segmented label": 38 };
    return Object.entries(kinds).flatMap(([kind, least]) =>
      all(kind)
        .filter((each) => each.checkVisibility({ visibilityProperty: true }))
        .filter((each) => each.getBoundingClientRect().height < least - 0.5)
        .map((each) => `${each.getBoundingClientRect().height} px: ${brief(each)}`),
    );
  },

  /** Of some, one is chosen, and looks like the others. */
  sameWhenChosen() {
    const groups = [
      ...all(".segmented").map((each) => all("label", each).map((label) => [label, label.querySelector("input").checked])),
      ...all("[role=tablist]").map((each) => all("[role=tab]", each).map((tab) => [tab, tab.ariaSelected === "true"])),
      all("nav a").map((link) => [link, link.ariaCurrent === "page"]),
    ];
    return groups.flatMap((group) => {
      const [chosen] = group.find(([, is]) => is) ?? [];
      const [other] = group.find(([, is]) => !is) ?? [];
      return chosen && other && look(chosen) === look(other) ? [brief(chosen)] : [];
    });
  },
};

const seen = new Set();
const LOOKS = [
  "color", "backgroundColor", "borderColor", "borderWidth", "borderStyle", "outlineStyle", "outlineColor", "textDecorationLine",
  "fontWeight", "fill", "stroke", "opacity",
];
const CORNERS = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]];

function all(selector, within = document) {
  return [...within.querySelectorAll(selector)];
}

function brief(element) {
  return element.outerHTML.replace(/\s+/g, " ").slice(0, 160);
}

function isOnTop(element) {
  return [...element.getClientRects()].some(({ left, top, width, height }) =>
    CORNERS.some(([x, y]) => {
      const hit = document.elementFromPoint(left + x * width, top + y * height);
      return hit !== null && (element.contains(hit) || hit.closest("label")?.contains(element));
    }),
  );
}

function isMarked(element) {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
}

function look(element) {
  return [element, ...all("*", element)].map((each) => {
    const style = getComputedStyle(each);
    return LOOKS.map((name) => style[name]).join();
  }).join("|");
}
