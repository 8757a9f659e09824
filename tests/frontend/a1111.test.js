// A1111's text: written as its parser expects it, read as it and its kin write it, whatever else stands there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { format, parse } from "../../frontend/app/metadata/a1111.js";
import { nearestScheduler } from "../../frontend/app/metadata/samplers.js";
import { MODEL } from "./files/model.js";

const SETTINGS = {
  prompt: "a red fox in the snow", negative_prompt: "blurry", scheduler: "UniPC", num_inference_steps: 20,
  guidance_scale: 7.5, samples: 1, seed: 3426017487, img_width: 1024, img_height: 768, lora_scale: null,
};

test("settings are written as A1111 writes them", () => {
  assert.equal(
    format(SETTINGS, "BigDug-Sasha"),
    "a red fox in the snow\nNegative prompt: blurry\n" +
      "Steps: 20, Sampler: UniPC, CFG scale: 7.5, Seed: 3426017487, Size: 1024x768, Model: BigDug-Sasha",
  );
});

test("what is written is read, but for the number of pictures", () => {
  const { samples, ...picture } = { ...SETTINGS, lora_scale: -0.5, prompt: "a fox,\n\n(red:1.2) {a|b}: Seed: 5, 狐 🦊" };
  assert.deepEqual(parse(format({ ...picture, samples }, 'a "model", and more')), { values: picture, said: [] });
});

test("without a negative prompt it is empty", () => {
  assert.equal(parse(format({ ...SETTINGS, negative_prompt: "" }, ""))?.values.negative_prompt, "");
});

test("prompts may have many lines, and none", () => {
  const found = parse("one\n two\nNegative prompt: three\nfour\nSteps: 20, Sampler: Heun\n");
  assert.deepEqual([found?.values.prompt, found?.values.negative_prompt], ["one\n two", "three\nfour"]);
  assert.equal(parse("Steps: 20, Sampler: Heun")?.values.prompt, "");
});

test("the last line that begins with steps holds the settings, whatever follows it", () => {
  const found = parse("a fox\nSteps: 99, said the fox\nSteps: 20, Sampler: Heun, Seed: 5\nTemplate: a {red|blue} fox");
  assert.deepEqual([found?.values.prompt, found?.values.seed], ["a fox\nSteps: 99, said the fox", 5]);
});

test("windows' line ends do no harm", () => {
  const found = parse("a fox\r\nNegative prompt: text\r\nSteps: 20, Sampler: Heun, Size: 512x768\r\n");
  assert.deepEqual(found?.values, {
    prompt: "a fox", negative_prompt: "text", num_inference_steps: 20, scheduler: "Heun",
    img_width: 512, img_height: 768,
  });
});

test("texts that are no settings are none", () => {
  for (const text of [
    "", " ", "\n\n", "a photo of my cat", "Taken in: Rome, With: a camera", '{"steps": 20}', ",,,:::,,,",
  ]) {
    assert.equal(parse(text), null, text);
  }
});

test("quotes hide commas and colons, and may be missing their end", () => {
  const found = parse('a fox\nSteps: 20, Model: "a, Seed: 1", ControlNet 0: "x: \\"y\\", z", Seed: 7, Sampler: "Heun');
  assert.deepEqual([found?.values.seed, found?.values.num_inference_steps], [7, 20]);
  assert.deepEqual(found?.said, [
    "The sampler “\"Heun” is not offered; Heun comes nearest.",
    "Left out, as this model has no such setting: ControlNet 0.",
  ]);
});

test("what this model has no setting for is named, the first four of it", () => {
  const found = parse("a fox\nSteps: 20, Sampler: Heun, A1: 1, A2: 2, A3: 3, A4: 4, A5: 5, A6: 6, Version: v1");
  assert.deepEqual(found?.said, ["Left out, as this model has no such setting: A1, A2, A3, A4 and 2 more."]);
});

test("what is no number is passed on as it stands, for the form to refuse in words", () => {
  const hostile = "Steps: 1e999, CFG scale: NaN, Seed: <img src=x onerror=alert(1)>, Sampler: Heun, Size: axb";
  const found = parse(`a fox\n${hostile}`);
  assert.deepEqual(found?.values, {
    prompt: "a fox", negative_prompt: "", num_inference_steps: "1e999", guidance_scale: "NaN",
    seed: "<img src=x onerror=alert(1)>", scheduler: "Heun",
  });
});

test("hostile texts take no time and pollute nothing", () => {
  const start = performance.now();
  for (const text of [
    "a".repeat(1e6), "a:".repeat(5e5), '"'.repeat(1e6), "Steps: 2,".repeat(1e5), "\n".repeat(1e6),
    `Steps: 2, ${"a ".repeat(5e5)}`,
  ]) {
    parse(text);
    parse(`a fox\nSteps: 20, Sampler: ${text}`);
    nearestScheduler(text);
  }
  assert.ok(performance.now() - start < 20_000);
  parse("a fox\nSteps: 20, __proto__: 7, constructor: 8, toString: 9");
  assert.equal(/** @type {any} */ ({})[7], undefined);
});

test("each of our schedulers is its own nearest, in any case", () => {
  for (const name of MODEL.parameters.properties.scheduler.enum ?? []) {
    assert.equal(nearestScheduler(String(name)), name);
    assert.equal(nearestScheduler(String(name).toUpperCase()), name);
    assert.deepEqual(parse(`a fox\nSteps: 20, Sampler: ${name}`)?.said, []);
  }
});

test("every name in the table is one that the API takes", () => {
  const offered = MODEL.parameters.properties.scheduler.enum ?? [];
  for (const name of FOREIGN.values()) assert.ok(offered.includes(name), name);
});

// As these programs spell them: A1111, ComfyUI, InvokeAI, diffusers.
const FOREIGN = new Map([
  ["DPM++ 2M Karras", "DPM Multi"],
  ["DPM++ 2M SDE Heun Exponential", "DPM Multi"],
  ["DPM++ 3M SDE", "DPM Multi"],
  ["DPM++ SDE Karras", "DPM Single"],
  ["DPM++ 2S a Karras", "DPM Single"],
  ["DPM fast", "DPM Single"],
  ["DPM2", "DPM2 Karras"],
  ["DPM2 a", "DPM2 a Karras"],
  ["LMS Karras", "LMS"],
  ["PLMS", "PNDM"],
  ["Restart", "Heun"],
  ["LCM", "Euler a"],
  ["Euler a Karras", "Euler a"],
  ["DDIM CFG++", "DDIM"],
  ["dpmpp_2m", "DPM Multi"],
  ["dpmpp_2m_sde_gpu", "DPM Multi"],
  ["dpmpp_3m_sde_gpu_karras", "DPM Multi"],
  ["dpmpp_sde_gpu", "DPM Single"],
  ["dpmpp_2s_ancestral", "DPM Single"],
  ["dpmpp_2s_ancestral_cfg_pp", "DPM Single"],
  ["euler_ancestral", "Euler a"],
  ["euler_ancestral_cfg_pp", "Euler a"],
  ["euler_cfg_pp_sgm_uniform", "Euler"],
  ["dpm_2_ancestral", "DPM2 a Karras"],
  ["heunpp2", "Heun"],
  ["uni_pc_bh2", "UniPC"],
  ["ipndm_v", "PNDM"],
  ["res_multistep", "DPM Multi"],
  ["k_euler_a", "Euler a"],
  ["k_dpm_2", "DPM2 Karras"],
  ["k_lms", "LMS"],
  ["euler_k", "Euler"],
  ["dpmpp_2m_sde_k", "DPM Multi"],
  ["kdpm_2_a_k", "DPM2 a Karras"],
  ["unipc_k", "UniPC"],
  ["EulerAncestralDiscreteScheduler", "Euler a"],
  ["DPMSolverMultistepScheduler", "DPM Multi"],
  ["DPMSolverSinglestepScheduler", "DPM Single"],
  ["KDPM2AncestralDiscreteScheduler", "DPM2 a Karras"],
  ["KDPM2DiscreteScheduler", "DPM2 Karras"],
  ["UniPCMultistepScheduler", "UniPC"],
  ["LMSDiscreteScheduler", "LMS"],
  ["DDPMScheduler", "DDPM"],
]);

test("other programs' samplers find the nearest scheduler, and it is said", () => {
  for (const [theirs, ours] of FOREIGN) assert.equal(nearestScheduler(theirs), ours, theirs);
  assert.deepEqual(parse("a fox\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras")?.said, [
    "The sampler “DPM++ 2M Karras” is not offered; DPM Multi comes nearest.",
  ]);
  assert.deepEqual(parse("a fox\nSteps: 20, Sampler: Euler, Schedule type: Automatic")?.said, []);
});

test("a sampler that nobody knows leaves the scheduler alone, and it is said", () => {
  for (const name of ["", " ", "Karras", "constructor", "__proto__", "🦊"]) {
    assert.equal(nearestScheduler(name), null, name);
  }
  const found = parse(`a fox\nSteps: 20, Sampler: ${"x".repeat(500)}`);
  assert.equal(Object.hasOwn(found?.values ?? {}, "scheduler"), false);
  assert.deepEqual(
    found?.said, [`The sampler “${"x".repeat(39)}…” is not known here, so the scheduler stays as it is.`],
  );
});
