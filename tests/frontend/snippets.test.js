// The code of the API tab: the same request in four languages, whatever is in the prompt.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { forApi } from "../../frontend/app/settings.js";
import { snippets } from "../../frontend/app/snippets.js";

const SETTINGS = {
  prompt: "a red fox in the snow", negative_prompt: "", scheduler: "UniPC", num_inference_steps: 20, samples: 2,
  seed: -1, guidance_scale: 7.5, img_width: 1024, img_height: 768, lora_scale: null,
};
const WHERE = { origin: "https://pictures.example", model: "BigDug-Sasha", keyShown: null };
const KEY = "sasha_acme_0123456789abcdef0123456789abcdef";
const TEXTS = [
  "a \"red\" fox's tail", "two\nlines\r\nand\ttabs", "$HOME ${HOME} $(id) `id` %s \\n \\ \\\\ !! #{x} {a}",
  "'; exit 1 #", "'''\"\"\"", "@file", "\"permalink\": \"http://example.com\"", "half an emoji: \ud83e",
  "🦊 👩‍🚀 שועל אדום بالثلج 雪中的狐狸", "\u202eback to front\u2066\u2069", "\u2028\u2029\u0000\u0007\u0085\ufeff",
  "</script><img onerror=x> <!--",
];

/** The code by its language. */
function written(more = {}, options = {}) {
  const all = snippets({ ...SETTINGS, ...more }, { ...WHERE, ...options });
  return Object.fromEntries(all.map(({ id, code }) => [id, code]));
}

/** What `curl` would be given by the shell, without calling it. */
function calls(code) {
  const stub = 'curl() { for each in "$@"; do printf "%s\\0" "$each" >&2; done; printf "\\1" >&2; printf "{}"; }\n';
  const all = execFileSync("bash", ["-c", `exec 3>&1 2>&3 1>/dev/null\n${stub}${code}`], { encoding: "utf8" });
  return all.split("\u0001").filter(Boolean).map((one) => one.split("\0").slice(0, -1));
}

/** The values that stand in Python, one a line, as `name=value,` or `"name": value,`. */
function pythonValues(code) {
  const lines = [...code.matchAll(/^ {4,8}"?([a-z_0-9]+)"?(?:: |=)(.+),$/gm)];
  const read = (value) => JSON.parse({ True: "true", False: "false", None: "null" }[value] ?? value);
  return Object.fromEntries(lines.map(([, name, value]) => [name, read(value)]));
}

function javascriptValues(code) {
  return new Function(`return ${/const settings = (\{.*?\n\});/s.exec(code)[1]}`)();
}

test("every language asks for just what the API is to be asked", () => {
  for (const prompt of ["a red fox in the snow", ...TEXTS]) {
    const more = { prompt, negative_prompt: prompt, lora_scale: -0.5, seed: 999_999_999_999_999 };
    const { curl, python, javascript, sdk } = written(more);
    const asked = forApi({ ...SETTINGS, ...more });
    const [args] = calls(curl);
    assert.deepEqual(JSON.parse(args.at(-1)), asked, `curl: ${prompt}`);
    assert.deepEqual(pythonValues(python), asked, `Python: ${prompt}`);
    assert.deepEqual(javascriptValues(javascript), asked, `JavaScript: ${prompt}`);
    assert.deepEqual(pythonValues(sdk), asked, `SDK: ${prompt}`);
  }
});

test("curl is called once, with the address and the headers that it needs", () => {
  process.env.API_KEY = "from the environment";
  const all = calls(written({ prompt: "'; curl evil; '" }).curl);
  assert.equal(all.length, 1);
  const [, url, , key, , kind] = all[0];
  assert.equal(url, "https://pictures.example/v1/BigDug-Sasha");
  assert.equal(key, "x-api-key: from the environment");
  assert.equal(kind, "Content-Type: application/json");
  delete process.env.API_KEY;
});

test("the key is in no code unless it is to be shown", () => {
  for (const code of Object.values(written())) {
    assert.match(code, /API_KEY/);
    assert.doesNotMatch(code, /sasha_/);
  }
  for (const code of Object.values(written({}, { keyShown: KEY }))) {
    assert.ok(code.includes(KEY));
    assert.doesNotMatch(code, /API_KEY|import os/);
  }
});

test("a key with quotes in it stays a key", () => {
  const { curl, javascript } = written({}, { keyShown: `a'b"c$(id)` });
  assert.ok(calls(curl)[0].includes(`x-api-key: a'b"c$(id)`));
  assert.ok(javascript.includes(String.raw`"a'b\"c$(id)"`));
});

test("nothing in the code is unseen, or is seen in another order than it runs", () => {
  for (const prompt of TEXTS) {
    for (const code of Object.values(written({ prompt }))) {
      assert.doesNotMatch(code, /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
    }
  }
});

test("letters and emoji stay as they were written", () => {
  for (const code of Object.values(written({ prompt: "🦊 👩‍🚀 שועל" }))) assert.ok(code.includes("🦊 👩‍🚀 שועל"));
});

test("pictures inside the answer are asked for, and read from there", () => {
  for (const [id, code] of Object.entries(written())) assert.doesNotMatch(code, /base64/, id);
  const { curl, python, javascript, sdk } = written({}, { base64: true });
  assert.equal(JSON.parse(calls(curl)[0].at(-1)).base64, true);
  assert.match(curl, /base64 --decode/);
  assert.match(python, /"base64": True,\n.*b64decode/s);
  assert.match(javascript, /base64: true,\n.*Buffer\.from\(image\.base64, "base64"\)/s);
  assert.match(sdk, /base64=True,\n.*b64decode/s);
});

test("the SDK's address ends in /v1", () => {
  assert.match(written().sdk, /base_url="https:\/\/pictures\.example\/v1"\)/);
});
