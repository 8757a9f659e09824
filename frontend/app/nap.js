// Waiting that can be cut short: by the network's return, by the page being looked at again, by a new key.

/** Longer than any page lives, and what a timer can hold: until something happens. */
export const UNTIL_WOKEN = 2 ** 31 - 1;

/** @returns {{ nap: (ms: number) => Promise<void>, wake: () => void }} `wake` ends all naps at once */
export function createNap() {
  /** @type {Set<() => void>} */
  const sleepers = new Set();
  return {
    nap: (ms) =>
      new Promise((resolve) => {
        const rise = () => {
          clearTimeout(timer);
          sleepers.delete(rise);
          resolve();
        };
        const timer = setTimeout(rise, ms);
        sleepers.add(rise);
      }),
    wake: () => {
      for (const rise of [...sleepers]) rise();
    },
  };
}
