// Styles: a few words each, put into the prompt where everybody can read, change and remove them.

/** @typedef {{name: string, words: string}} Style */

/** @type {Style[]} */
export const STYLES = [
  { name: "Photo", words: "photograph, natural light, 35mm" },
  { name: "Film still", words: "film still, shallow depth of field, film grain" },
  { name: "Oil", words: "oil painting, visible brush strokes" },
  { name: "Watercolour", words: "watercolour on paper, soft washes" },
  { name: "Ink", words: "ink drawing, fine lines" },
  { name: "Pencil", words: "pencil sketch, light shading" },
  { name: "Anime", words: "anime style, clean lines, flat colours" },
  { name: "Comic", words: "comic book art, bold outlines" },
  { name: "3D", words: "3D render, soft studio light" },
  { name: "Pixel art", words: "pixel art, limited palette" },
  { name: "Low poly", words: "low poly, isometric" },
  { name: "Paper cut", words: "layered paper cut-out, soft shadows" },
];

/** Whether the style's words are in the prompt. @param {string} prompt @param {Style} style */
export function hasStyle(prompt, { words }) {
  return find(prompt, words) !== null;
}

/**
 * The prompt with the style's words at its end, or without them if it has them.
 * @param {string} prompt @param {Style} style
 */
export function toggleStyle(prompt, { words }) {
  const found = find(prompt, words);
  if (!found) {
    const before = prompt.trimEnd().replace(/,$/, "");
    return before === "" ? words : `${before}, ${words}`;
  }
  const before = prompt.slice(0, found.start).replace(/[\s,]+$/, "");
  const after = prompt.slice(found.end).replace(/^[\s,]+/, "");
  return before && after ? `${before}, ${after}` : before + after;
}

/** @param {string} prompt @param {string} words */
function find(prompt, words) {
  const text = prompt.toLowerCase();
  // As a whole: "ink drawing" is not in "pink drawing".
  for (let at = text.indexOf(words.toLowerCase()); at >= 0; at = text.indexOf(words.toLowerCase(), at + 1)) {
    const end = at + words.length;
    if (!/[\p{L}\p{N}]/u.test((text[at - 1] ?? " ") + (text[end] ?? " "))) return { start: at, end };
  }
  return null;
}
