// What test_accessibility.py asks the page about and axe does not: each probe gives a line for everything it finds.

globalThis.probes = {
  /** What makes the page scroll sideways. What scrolls within itself may be as wide as it likes. */
  tooWide() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = all("body *").filter((each) => each.getBoundingClientRect().right > clientWidth + 0.5);
    return [`${scrollWidth} px`, ...out.slice(0, 3).map(brief)];
  },

  /** Texts that stick out of what holds them, or are clipped by it; an ellipsis says so itself. */
  cut() {
    return texts().flatMap(({ element, box }) => {
      for (let holder = element; holder && holder !== document.body; holder = holder.parentElement) {
        const { overflowX, overflowY, textOverflow, webkitLineClamp } = getComputedStyle(holder);
        if (textOverflow === "ellipsis" || webkitLineClamp !== "none" || /auto|scroll/.test(overflowX + overflowY)) return [];
        const holds = overflowX !== "visible" || overflowY !== "visible" || holder.matches("button, label, [role=tab], .badge, .card");
        if (holds && !contains(holder.getBoundingClientRect(), box)) return [`${brief(element)}\n    in ${brief(holder)}`];
      }
      return [];
    });
  },

  /** Texts that lie upon each other. What floats over the page hides what is under it, and is compared with itself. */
  overlapping() {
    const all = texts().flatMap((text) => {
      const seen = visiblePart(text);
      return seen ? [{ ...text, box: seen, layer: layerOf(text.element) }] : [];
    });
    return all.flatMap((one, at) => all.slice(at + 1)
      .filter((other) => one.layer === other.layer && !one.element.contains(other.element) && !other.element.contains(one.element))
      .filter((other) => overlap(one.box, other.box))
      .map((other) => `${brief(one.element)}\n    and ${brief(other.element)}`));
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

/** Every text that is drawn, line by line. */
function texts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest("script, noscript, svg") || isOnlyHeard(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) found.push({ element, box });
  }
  return found;
}

function isOnlyHeard(element) {
  for (let each = element; each; each = each.parentElement) if (getComputedStyle(each).clipPath !== "none") return true;
  return false;
}

function contains(outer, inner) {
  // A line is higher than its letters.
  const above = Math.max(1, inner.height * 0.15);
  return inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - above && inner.bottom <= outer.bottom + above;
}

function overlap(one, other) {
  const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return across > 2 && down > Math.min(one.height, other.height) * 0.3;
}

/** What is left of a text's box once it is scrolled. */
function visiblePart({ element, box }) {
  let { left, right, top, bottom } = box;
  for (let each = element; each; each = each.parentElement) {
    if (getComputedStyle(each).overflow === "visible") continue;
    const outer = each.getBoundingClientRect();
    [left, right] = [Math.max(left, outer.left), Math.min(right, outer.right)];
    [top, bottom] = [Math.max(top, outer.top), Math.min(bottom, outer.bottom)];
  }
  return right > left && bottom > top ? { left, right, top, bottom, height: bottom - top } : null;
}

function layerOf(element) {
  for (let each = element; each; each = each.parentElement) {
    if (/fixed|sticky/.test(getComputedStyle(each).position) || each.matches("dialog, [popover]")) return each;
  }
  return null;
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
