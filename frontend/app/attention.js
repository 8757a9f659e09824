// Time that stands still while somebody is at the notices: nobody shall lose one that they are about to use.

import { effect, signal } from "../vendor/preact-signals-core/signals-core.mjs";

/** Whether the pointer or the focus is on a notice. */
export const attended = signal(false);

/**
 * Calls `then` when the notices have been left alone for so many ms in all. Gives what prevents it.
 * @param {number} ms @param {() => void} then
 */
export function whenLeftAlone(ms, then) {
  let left = ms;
  const stop = effect(() => {
    if (attended.value) return undefined;
    const since = Date.now();
    const timer = setTimeout(() => {
      stop();
      then();
    }, left);
    return () => {
      clearTimeout(timer);
      left -= Date.now() - since;
    };
  });
  return stop;
}
