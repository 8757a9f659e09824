// Moments and spans of time in words.

/**
 * A moment to come, in words: "in 12 s", "at 14:05", "tomorrow at 02:00", "on 1 December at 01:00".
 * @param {number | null} at in ms since 1970
 * @param {number} now
 */
export function when(at, now) {
  if (at === null) return "later";
  const seconds = Math.ceil((at - now) / 1000);
  if (seconds <= 0) return "now";
  if (seconds < 100) return `in ${seconds} s`;
  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(at);
  if (sameDay(at, now)) return `at ${time}`;
  const tomorrow = new Date(now);
  tomorrow.setDate(tomorrow.getDate() + 1);
  if (sameDay(at, tomorrow.getTime())) return `tomorrow at ${time}`;
  return `on ${new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" }).format(at)} at ${time}`;
}

/** @param {number} one in ms since 1970 @param {number} other */
export function sameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
