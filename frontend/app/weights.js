// Ctrl+Up and Ctrl+Down in the prompt: a word counts for more, (word:1.1), or for less, as in A1111.

const STEP = 0.1;
const LEAST = 0.1;
const MOST = 2;
/** A bare pair of parentheses is this weight to A1111. */
const BARE = 1.1;
const BETWEEN_WORDS = /[\s.,\\/!?%^*;:{}=`~()[\]|<>"]/;

/**
 * The prompt with the selected words, or the word at the caret, weighted one step more (1) or less (-1). At weight 1
 * the parentheses go. The range that comes back holds the same words, so that the next step finds them.
 * @param {string} text @param {number} start @param {number} end @param {1 | -1} direction
 * @returns {{text: string, start: number, end: number}}
 */
export function weigh(text, start, end, direction) {
  const same = { text, start, end };
  const words = start === end ? (blockAt(text, start) ?? wordAt(text, start)) : trimmed(text, start, end);
  if (!words) return same;
  const block = blockAround(text, words.start, words.end);
  const outer = block ?? { open: words.start, close: words.end, weight: 1 };
  const weight = Math.round((outer.weight + direction * STEP) * 100) / 100;
  if (weight < LEAST || weight > MOST) return same;
  const inner = text.slice(words.start, words.end);
  const weighted = weight === 1 ? inner : `(${inner}:${weight})`;
  const from = outer.open + (weight === 1 ? 0 : 1);
  return {
    text: text.slice(0, outer.open) + weighted + text.slice(outer.close),
    start: from,
    end: from + inner.length,
  };
}

/**
 * The innermost weighted words around the caret, which may stand in the number too.
 * @param {string} text @param {number} caret
 */
function blockAt(text, caret) {
  const { open, close } = parentheses(text, caret);
  if (open < 0 || close < 0) return null;
  const inner = text.slice(open + 1, close);
  const words = inner.replace(/:\s*\d*\.?\d+\s*$/, "");
  // Without a number it is a block only if the parentheses are all there is to it: (word).
  if (words === inner && caret < close && caret > open && /[,\n]/.test(inner)) return null;
  return { start: open + 1, end: open + 1 + words.length };
}

/**
 * The parentheses that hold exactly this range, and their weight.
 * @param {string} text @param {number} start @param {number} end
 */
function blockAround(text, start, end) {
  if (text[start - 1] !== "(" || escaped(text, start - 1)) return null;
  const tail = /^(?::\s*(\d*\.?\d+)\s*)?\)/.exec(text.slice(end, end + 40));
  if (!tail) return null;
  return { open: start - 1, close: end + tail[0].length, weight: tail[1] === undefined ? BARE : Number(tail[1]) };
}

/** @param {string} text @param {number} caret */
function parentheses(text, caret) {
  let open = caret - 1;
  for (let inside = 0; open >= 0; open -= 1) {
    if (escaped(text, open)) continue;
    if (text[open] === ")") inside += 1;
    if (text[open] === "(" && inside-- === 0) break;
  }
  let close = caret;
  for (let inside = 0; close < text.length; close += 1) {
    if (escaped(text, close)) continue;
    if (text[close] === "(") inside += 1;
    if (text[close] === ")" && inside-- === 0) break;
  }
  return { open, close: close < text.length ? close : -1 };
}

/** @param {string} text @param {number} caret */
function wordAt(text, caret) {
  let start = caret;
  let end = caret;
  while (start > 0 && !BETWEEN_WORDS.test(text[start - 1])) start -= 1;
  while (end < text.length && !BETWEEN_WORDS.test(text[end])) end += 1;
  return start === end ? null : { start, end };
}

/** @param {string} text @param {number} start @param {number} end */
function trimmed(text, start, end) {
  const chosen = text.slice(start, end);
  const from = start + (chosen.length - chosen.trimStart().length);
  const to = end - (chosen.length - chosen.trimEnd().length);
  return from < to ? { start: from, end: to } : null;
}

/** @param {string} text @param {number} at */
function escaped(text, at) {
  return text[at - 1] === "\\";
}
