// The time as the page tells it: it moves only while something on the page depends on it.

import { effect, signal } from "../vendor/preact-signals-core/signals-core.mjs";
import { openJobs } from "./state.js";
import { subject } from "./showing.js";

const SECOND = 1_000;

export const now = signal(Date.now());

/** Lets the time move while a request is open, or its problem says when one can go on. */
export function startClock() {
  effect(() => {
    const problem = subject.value?.job?.problem;
    if (openJobs.value.length === 0 && !problem?.retryAt && !problem?.limit) return;
    now.value = Date.now();
    const ticking = setInterval(() => (now.value = Date.now()), SECOND);
    return () => clearInterval(ticking);
  });
}
