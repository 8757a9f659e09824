// Lays pictures out in rows, nothing cropped, so that the page need draw only those that are seen. Pure.

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./search.js").Day} Day */
/**
 * Where a picture lies in its day, in pixels.
 * @typedef {{ picture: Picture, x: number, y: number, width: number, height: number, row: number }} Place
 */
/**
 * A day: where it lies in the whole, and its pictures in it.
 * @typedef {{ day: string, title: string, y: number, height: number, places: Place[] }} Block
 */
/** @typedef {{ blocks: Block[], height: number }} Layout */

const GAP = 8;
const TITLE = 32;
const BETWEEN_DAYS = 24;
/** No shape is taken for more than this, however odd the numbers are. */
const WIDEST = 4;

/** How high a row should be in a window so wide, where text is so many times its usual size. @param {number} width */
function rowHeight(width, scale = 1) {
  if (width < 420 * scale) return 108 * scale;
  return scale * (width < 720 * scale ? 136 : 204);
}

/**
 * @param {Day[]} days @param {number} width of the whole
 * @param {{ scale?: number, target?: number }} [how] `scale` is the text's, `target` the height that rows come near to
 * @returns {Layout}
 */
export function layOut(days, width, { scale = 1, target = rowHeight(width, scale) } = {}) {
  let y = 0;
  const blocks = days.map(({ day, title, pictures }) => {
    const top = title ? TITLE * scale : 0;
    const { places, bottom } = rows(pictures, width, target, top);
    const block = { day, title, y, height: bottom, places };
    y += bottom + BETWEEN_DAYS;
    return block;
  });
  return { blocks, height: Math.max(0, y - BETWEEN_DAYS) };
}

/** @param {Picture[]} pictures @param {number} width @param {number} target @param {number} top */
function rows(pictures, width, target, top) {
  /** @type {Place[]} */
  const places = [];
  let y = top;
  let row = 0;
  for (let from = 0; from < pictures.length; row += 1) {
    const { until, height } = oneRow(pictures, from, width, target);
    let ratios = 0;
    for (let at = from; at < until; at += 1) {
      // Edges are rounded, not widths: so the gaps are all equal and a full row ends where the window does.
      const gaps = (at - from) * GAP;
      const x = Math.round(ratios * height) + gaps;
      ratios += ratioOf(pictures[at]);
      const right = Math.round(ratios * height) + gaps;
      places.push({ picture: pictures[at], x, y, width: right - x, height: Math.round(height), row });
    }
    y += Math.round(height) + GAP;
    from = until;
  }
  return { places, bottom: Math.max(y - GAP, top) };
}

/**
 * As many as bring the row's height nearest to the target.
 * @param {Picture[]} pictures @param {number} from @param {number} width @param {number} target
 */
function oneRow(pictures, from, width, target) {
  let ratios = 0;
  let before = Infinity;
  for (let at = from; at < pictures.length; at += 1) {
    ratios += ratioOf(pictures[at]);
    const height = (width - (at - from) * GAP) / ratios;
    if (height > target) {
      before = height;
      continue;
    }
    // One too many, or one too few?
    return before / target < target / height ? { until: at, height: before } : { until: at + 1, height };
  }
  return { until: pictures.length, height: target };
}

/** @param {Picture} picture */
function ratioOf({ width, height }) {
  const ratio = width / height;
  return Number.isFinite(ratio) && ratio > 0 ? Math.min(Math.max(ratio, 1 / WIDEST), WIDEST) : 1;
}

/**
 * The blocks and places that lie between two heights, and the one that must be there in any case.
 * @param {Layout} layout @param {number} top @param {number} bottom @param {string | null} always a picture's id
 * @returns {Block[]}
 */
export function within({ blocks }, top, bottom, always) {
  return blocks.flatMap((block) => {
    const above = block.y + block.height < top;
    const below = block.y > bottom;
    const places = block.places.filter(({ picture, y, height }) => {
      return picture.id === always || (!above && !below && block.y + y + height >= top && block.y + y <= bottom);
    });
    return places.length || !(above || below) ? [{ ...block, places }] : [];
  });
}

/**
 * The picture above (-1) or below (1): of the next row, the one whose middle is nearest.
 * @param {Layout} layout @param {string | null} id @param {1 | -1} direction
 * @returns {string | null}
 */
export function nextRow({ blocks }, id, direction) {
  const places = blocks.flatMap((block) => {
    return block.places.map((place) => ({ ...place, row: `${block.day} ${place.row}` }));
  });
  const start = places.findIndex(({ picture }) => picture.id === id);
  if (start < 0) return null;
  const middle = places[start].x + places[start].width / 2;
  let at = start;
  while (places[at]?.row === places[start].row) at += direction;
  const row = places[at]?.row;
  let best = null;
  for (let away = Infinity; row !== undefined && places[at]?.row === row; at += direction) {
    const distance = Math.abs(places[at].x + places[at].width / 2 - middle);
    if (distance < away) [best, away] = [places[at].picture.id, distance];
  }
  return best;
}
