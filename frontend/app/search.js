// Which pictures are shown, in which order, under which day. Pure, and quick enough to run at every keystroke.

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {"newest" | "oldest" | "prompt"} Order */
/** A run of pictures under one heading. @typedef {{ day: string, title: string, pictures: Picture[] }} Day */

// A picture's text does not change while the object lives: a starred or renewed picture is a new object.
/** @type {WeakMap<Picture, string>} */
const texts = new WeakMap();

/** Lower case and without accents, so that "Cafe" finds "café". @param {string} text */
function plain(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}

/** What a search looks through: prompt, seed, scheduler, size. @param {Picture} picture */
function textOf(picture) {
  let text = texts.get(picture);
  if (text === undefined) {
    const { prompt, negative_prompt: not, seed, scheduler } = picture.settings;
    const { width, height } = picture;
    const size = `${width}x${height} ${width}×${height}`;
    text = plain([prompt, picture.template ?? "", not, seed, scheduler, size].join("\n"));
    texts.set(picture, text);
  }
  return text;
}

/**
 * The pictures that have every word of `words` somewhere, and a star if asked.
 * @param {Picture[]} pictures the newest first
 * @param {{ words?: string, starredOnly?: boolean, order?: Order }} [wanted]
 * @returns {Picture[]}
 */
export function find(pictures, { words = "", starredOnly = false, order = "newest" } = {}) {
  const needles = plain(words).split(/\s+/).filter(Boolean);
  const found = pictures.filter((picture) => {
    if (starredOnly && !picture.starred) return false;
    if (needles.length === 0) return true;
    const text = textOf(picture);
    return needles.every((needle) => text.includes(needle));
  });
  if (order === "oldest") return found.reverse();
  if (order === "prompt") return inOrderOfPrompts(found);
  return found;
}

/** @param {Picture[]} pictures */
function inOrderOfPrompts(pictures) {
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  return pictures.sort((one, other) => collator.compare(one.settings.prompt, other.settings.prompt));
}

/**
 * The pictures in runs of one local day each, in the order they have.
 * @param {Picture[]} pictures @param {number} now ms since 1970 @param {string} [locale]
 * @returns {Day[]}
 */
export function byDay(pictures, now, locale) {
  return inRuns(pictures, dayOf, (at) => titleOf(at, now, locale));
}

/**
 * The same by month: what a search finds is scattered over many days.
 * @param {Picture[]} pictures @param {string} [locale]
 */
export function byMonth(pictures, locale) {
  const months = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });
  return inRuns(pictures, (at) => dayOf(at).slice(0, -3), (at) => months.format(at));
}

/**
 * @param {Picture[]} pictures @param {(at: number) => string} runOf @param {(at: number) => string} title
 * @returns {Day[]}
 */
function inRuns(pictures, runOf, title) {
  /** @type {Day[]} */
  const runs = [];
  for (const picture of pictures) {
    const day = runOf(picture.createdAt);
    const last = runs.at(-1);
    if (last?.day === day) last.pictures.push(picture);
    else runs.push({ day, title: title(picture.createdAt), pictures: [picture] });
  }
  return runs;
}

/** @param {number} at @returns {string} year-month-day where the visitor is */
function dayOf(at) {
  const date = new Date(at);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

/** @param {number} at @param {number} now @param {string} [locale] */
function titleOf(at, now, locale) {
  const day = dayOf(at);
  const today = new Date(now);
  if (day === dayOf(now)) return "Today";
  // Not 24 hours back: the day on which clocks change is longer or shorter.
  if (day === dayOf(new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1).getTime())) return "Yesterday";
  const year = new Date(at).getFullYear() === today.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year }).format(at);
}

/**
 * Those from one to the other in the order shown, both included.
 * @param {Picture[]} shown @param {string} from @param {string} to
 */
export function between(shown, from, to) {
  const ends = [from, to].map((id) => shown.findIndex((picture) => picture.id === id));
  if (ends.includes(-1)) return [to];
  return shown.slice(Math.min(...ends), Math.max(...ends) + 1).map((picture) => picture.id);
}
