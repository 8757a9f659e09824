// Ctrl+Up and Ctrl+Down in the prompt, and the styles' words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hasStyle, STYLES, toggleStyle } from "../../frontend/app/styles.js";
import { weigh } from "../../frontend/app/weights.js";

/** Weighs what stands between | and | (or at the one |), and shows the result in the same way. @param {string} marked @param {...(1 | -1)} steps */
function weighed(marked, ...steps) {
  const start = marked.indexOf("|");
  const end = Math.max(start, marked.lastIndexOf("|") - 1);
  let at = { text: marked.replaceAll("|", ""), start, end };
  for (const step of steps) at = weigh(at.text, at.start, at.end, step);
  const { text } = at;
  return `${text.slice(0, at.start)}|${text.slice(at.start, at.end)}|${text.slice(at.end)}`;
}

test("the word at the caret weighs more", () => {
  assert.equal(weighed("a r|ed fox", 1), "a (|red|:1.1) fox");
  assert.equal(weighed("a red| fox", 1), "a (|red|:1.1) fox");
  assert.equal(weighed("|red", 1), "(|red|:1.1)");
  assert.equal(weighed("fo|x,", -1), "(|fox|:0.9),");
  assert.equal(weighed("🦊|", 1), "(|🦊|:1.1)");
  assert.equal(weighed("ثع|لب", 1), "(|ثعلب|:1.1)");
});

test("further steps find it again, and at 1 the parentheses go", () => {
  assert.equal(weighed("a r|ed fox", 1, 1, 1), "a (|red|:1.3) fox");
  assert.equal(weighed("a r|ed fox", 1, -1), "a |red| fox");
  assert.equal(weighed("a r|ed fox", 1, -1, -1), "a (|red|:0.9) fox");
});

test("the selection is weighted as a whole, without the spaces around it", () => {
  assert.equal(weighed("a| red fox |in snow", 1), "a (|red fox|:1.1) in snow");
  assert.equal(weighed("(|red fox|:1.2) x", 1), "(|red fox|:1.3) x");
});

test("the caret may stand anywhere in the weighted words", () => {
  assert.equal(weighed("(red f|ox:1.2)", 1), "(|red fox|:1.3)");
  assert.equal(weighed("(red fox:1.|2)", -1), "(|red fox|:1.1)");
  assert.equal(weighed("((red:1.2) f|ox:0.8)", 1), "(|(red:1.2) fox|:0.9)");
  assert.equal(weighed("((r|ed:1.2) fox:0.8)", 1), "((|red|:1.3) fox:0.8)");
});

test("a bare pair of parentheses counts as 1.1", () => {
  assert.equal(weighed("(re|d)", 1), "(|red|:1.2)");
  assert.equal(weighed("(re|d)", -1), "|red|");
});

test("parentheses around a clause, and escaped ones, are text", () => {
  assert.equal(weighed("(big, re|d dog)", 1), "(big, (|red|:1.1) dog)");
  assert.equal(weighed("\\(re|d\\)", 1), "\\((|red|:1.1)\\)");
});

test("weights end at 0.1 and 2, and nothing is no word", () => {
  assert.equal(weighed("(|red|:2)", 1), "(|red|:2)");
  assert.equal(weighed("(|red|:0.1)", -1), "(|red|:0.1)");
  for (const nothing of ["a , | b", "|", "  |", "|   |"]) assert.equal(weighed(nothing, 1).replaceAll("|", ""), nothing.replaceAll("|", ""));
});

test("a style's words come at the end, and go without a trace", () => {
  const [photo] = STYLES;
  assert.equal(toggleStyle("a red fox", photo), `a red fox, ${photo.words}`);
  assert.equal(toggleStyle("a red fox, ", photo), `a red fox, ${photo.words}`);
  assert.equal(toggleStyle("", photo), photo.words);
  for (const style of STYLES) {
    assert.equal(hasStyle("a red fox", style), false);
    assert.equal(toggleStyle(toggleStyle("a red fox", style), style), "a red fox");
  }
  assert.equal(toggleStyle(`${photo.words}, a fox`, photo), "a fox");
  assert.equal(toggleStyle(`a fox, ${photo.words.toUpperCase()}, snow`, photo), "a fox, snow");
});

test("a style's words inside other words are not the style's", () => {
  const ink = { name: "Ink", words: "ink drawing" };
  assert.equal(hasStyle("a pink drawing", ink), false);
  assert.equal(hasStyle("a pink drawing, ink drawing", ink), true);
});
