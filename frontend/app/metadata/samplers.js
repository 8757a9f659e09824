// Names that other programs have for samplers, and which of BigDug-Sasha's schedulers comes nearest.

// After the table in the documentation of diffusers, where it has the sampler; the rest by family: stochastic ones to
// "Euler a", second-order ones to "Heun", multistep ones to "DPM Multi".
const NEAREST = {
  DDIM: "ddim",
  DDPM: "ddpm",
  PNDM: "pndm plms ipndm ipndmv",
  LMS: "lms lmsdiscrete",
  Euler: "euler eulerdiscrete flowmatch",
  "Euler a": "eulera euleradiscrete lcm tcd sasolver ersde",
  Heun: "heun heundiscrete heunpp2 restart",
  "DPM2 Karras": "dpm2 kdpm2 kdpm2discrete",
  "DPM2 a Karras": "dpm2a kdpm2a kdpm2adiscrete",
  "DPM Single":
    "dpmpp2s dpmpp2sa dpmppsde dpmsingle dpmsolversinglestep dpmsolversde dpmfast dpmadaptive seeds2 seeds3",
  "DPM Multi":
    "dpmpp2m dpmpp2msde dpmpp2msdeheun dpmpp3m dpmpp3msde dpmmulti dpmsolver dpmsolvermultistep deis deismultistep " +
    "resmultistep gradientestimation",
  UniPC: "unipc unipcbh2 unipcmultistep",
};
const BY_NAME = new Map(
  Object.entries(NEAREST).flatMap(([ours, theirs]) => theirs.split(" ").map((name) => [name, ours])),
);

// How the noise is spread over the steps: part of the name in A1111, ComfyUI and InvokeAI, not to be chosen here.
const NOISE = new RegExp(
  "\\b(automatic|ddim uniform|uniform|karras|polyexponential|exponential|sgm|normal|simple|beta|turbo|kl optimal|" +
    "align your steps|cfg ?pp|gpu|k)\\b",
  "g",
);

/**
 * The scheduler that comes nearest to another program's sampler ("DPM++ 2M Karras", "k_euler_ancestral",
 * "dpmpp_2m_sde_gpu", "EulerAncestralDiscreteScheduler"); null for one that nobody knows here.
 *
 * @param {string} sampler
 * @returns {string | null}
 */
export function nearestScheduler(sampler) {
  const same = Object.keys(NEAREST).find((ours) => ours.toLowerCase() === sampler.trim().toLowerCase());
  if (same) return same;
  const words = sampler
    .slice(0, 100)
    .replace(/Scheduler$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replaceAll("++", "pp")
    .replaceAll("ancestral", "a")
    .replace(/[^a-z0-9]+/g, " ")
    .trim();
  const squashed = (/** @type {string} */ name) => name.replaceAll(" ", "");
  return BY_NAME.get(squashed(words)) ?? BY_NAME.get(squashed(words.replace(NOISE, " "))) ?? null;
}
