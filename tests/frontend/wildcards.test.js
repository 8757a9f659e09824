// {a|b} in a prompt: every combination, in order, and none beyond the limit.

import assert from "node:assert/strict";
import { test } from "node:test";
import { expand, literal } from "../../frontend/app/wildcards.js";

test("a prompt without options is itself", () => {
  for (const prompt of ["a red fox", "", "a {red} fox", "a | b", "[a|b]", "smile :{", "} {", "{{{", "a \\| b"]) {
    assert.deepEqual(expand(prompt), { prompts: [prompt], total: 1, error: null });
  }
});

test("every combination is a prompt, the first changing slowest", () => {
  assert.deepEqual(expand("a {red|blue} {fox|owl}").prompts, ["a red fox", "a red owl", "a blue fox", "a blue owl"]);
});

test("options may be empty, and hold options", () => {
  assert.deepEqual(expand("a{| red} fox").prompts, ["a fox", "a red fox"]);
  assert.deepEqual(expand("{a|{b|c} d|e}").prompts, ["a", "b d", "c d", "e"]);
  assert.deepEqual(expand("{a|{b}|c}").prompts, ["a", "{b}", "c"]);
  assert.deepEqual(expand("{x {a|b}}").prompts, ["{x a}", "{x b}"]);
});

test("a backslash makes braces and bars plain", () => {
  assert.deepEqual(expand("\\{a|b\\}").prompts, ["{a|b}"]);
  assert.deepEqual(expand("{a\\|b|c\\}}").prompts, ["a|b", "c}"]);
  assert.deepEqual(expand("\\(a:1.1\\) {b|c}").prompts, ["\\(a:1.1\\) b", "\\(a:1.1\\) c"]);
});

test("what was run is typed so that it is run again as it is", () => {
  assert.equal(literal("a {red|blue} fox"), "a \\{red|blue\\} fox");
  for (const prompt of ["a red fox", "a {red} fox", "{{a|b", "a \\} b", "(a:1.1) | b"]) {
    const [again] = expand(literal(prompt)).prompts;
    assert.equal(again, prompt);
  }
  const pieces = ["{", "|", "}", "\\", "a"];
  for (let number = 0; number < 5 ** 6; number += 1) {
    const prompt = [...number.toString(5).padStart(6, "0")].map((digit) => pieces[Number(digit)]).join("");
    assert.deepEqual(expand(literal(prompt)).prompts, [prompt]);
  }
});

test("the same option twice is two prompts: with a random seed they differ", () => {
  assert.deepEqual(expand("{a|a}"), { prompts: ["a", "a"], total: 2, error: null });
});

test("beyond the limit there are none, but their number", () => {
  assert.deepEqual(expand("{a|b|c|d|e} {1|2|3|4|5}"), {
    prompts: [], total: 25, error: "These options make 25 prompts; at most 24 go at once.",
  });
  assert.equal(expand("{a|b|c|d} {1|2|3|4|5|6}").prompts.length, 24);
  assert.equal(expand("{a|b|c}", 2).total, 3);
});

test("a brace with options that is not closed is a fault", () => {
  for (const prompt of ["{a|b", "x {a|{b|c}", "{a|b {c|d}"]) {
    assert.match(expand(prompt).error ?? "", /not closed/);
    assert.equal(expand(prompt).total, 0);
  }
});

test("hostile prompts end quickly", () => {
  assert.match(expand("{a|b}".repeat(2000)).error ?? "", /more than a million/);
  assert.match(expand("{a|".repeat(3000) + "b" + "}".repeat(3000)).error ?? "", /deep/);
  assert.equal(expand("{".repeat(50_000) + "}".repeat(50_000)).total, 1);
  assert.equal(expand("\\".repeat(50_000)).total, 1);
  assert.match(expand(`{${"|".repeat(5000)}}`).error ?? "", /5,001 prompts/);
});

test("emoji and right-to-left text stay whole", () => {
  assert.deepEqual(expand("{🦊|🦉} ثعلب").prompts, ["🦊 ثعلب", "🦉 ثعلب"]);
});
