// {a|b} in a prompt: every combination of the options is a prompt of its own.

const DEEPEST = 20;

/**
 * A part of a prompt: text as it is drawn, or a choice of options.
 * @typedef {string | {options: Part[][]}} Part
 */

/**
 * All prompts that `prompt` stands for, the first wildcard changing slowest. Braces nest; `\{`, `\|` and `\}` are plain
 * characters where there is a brace at all, and so are braces without a bar between them. Beyond `most` there are none,
 * but their total.
 * @param {string} prompt @param {number} [most]
 * @returns {{prompts: string[], total: number, error: string | null}}
 */
export function expand(prompt, most = 24) {
  if (!prompt.includes("{")) return { prompts: [prompt], total: 1, error: null };
  const { groups, open, depth } = findGroups(prompt);
  if (open) return { prompts: [], total: 0, error: "A “{” with options is not closed. Write “\\{” for a plain brace." };
  if (depth > DEEPEST) return { prompts: [], total: 0, error: `Options may be nested ${DEEPEST} deep at most.` };
  const parts = read(prompt, 0, prompt.length, groups);
  const total = count(parts);
  if (total <= most) return { prompts: combine(parts), total, error: null };
  const many = total > 1e6 ? "more than a million" : total.toLocaleString("en");
  return { prompts: [], total, error: `These options make ${many} prompts; at most ${most} go at once.` };
}

/** What has to be typed for exactly this prompt: braces that would be options are escaped. @param {string} prompt */
export function literal(prompt) {
  const { prompts } = expand(prompt);
  return prompts.length === 1 && prompts[0] === prompt ? prompt : prompt.replace(/[{}]/g, "\\$&");
}

/**
 * The braces that hold options: where each ends, and its bars. A stack, as a prompt may be nothing but braces.
 * @param {string} prompt
 */
function findGroups(prompt) {
  /** @type {Map<number, {end: number, bars: number[]}>} */
  const groups = new Map();
  /** @type {{start: number, bars: number[], depth: number}[]} */
  const stack = [];
  let depth = 0;
  for (let at = 0; at < prompt.length; at += 1) {
    if (isEscape(prompt, at)) at += 1;
    else if (prompt[at] === "{") stack.push({ start: at, bars: [], depth: 0 });
    else if (prompt[at] === "|") stack.at(-1)?.bars.push(at);
    else if (prompt[at] === "}") {
      const closed = stack.pop();
      if (!closed) continue;
      const { start, bars } = closed;
      const own = closed.depth + (bars.length > 0 ? 1 : 0);
      if (bars.length > 0) groups.set(start, { end: at, bars });
      const outer = stack.at(-1);
      if (outer) outer.depth = Math.max(outer.depth, own);
      depth = Math.max(depth, own);
    }
  }
  return { groups, depth, open: stack.some(({ bars }) => bars.length > 0) };
}

/**
 * @param {string} prompt
 * @param {number} from @param {number} to @param {ReturnType<typeof findGroups>["groups"]} groups
 * @param {boolean} [inside] a group, where a bar has a meaning
 */
function read(prompt, from, to, groups, inside = false) {
  /** @type {Part[]} */
  const parts = [];
  let text = "";
  for (let at = from; at < to; at += 1) {
    const group = groups.get(at);
    if (group) {
      const edges = [at, ...group.bars, group.end];
      parts.push(text, { options: edges.slice(1).map((edge, n) => read(prompt, edges[n] + 1, edge, groups, true)) });
      text = "";
      at = group.end;
    } else {
      // A bar is only special between braces, so only there it needs its backslash.
      if (isEscape(prompt, at) && (inside || prompt[at + 1] !== "|")) at += 1;
      text += prompt[at];
    }
  }
  return [...parts, text];
}

/** @param {string} prompt @param {number} at */
function isEscape(prompt, at) {
  return prompt[at] === "\\" && "{|}".includes(prompt[at + 1] ?? " ");
}

/** @param {Part[]} parts @returns {number} */
function count(parts) {
  const ways = (/** @type {Part} */ part) =>
    typeof part === "string" ? 1 : part.options.reduce((sum, option) => sum + count(option), 0);
  return parts.reduce((total, part) => total * ways(part), 1);
}

/** @param {Part[]} parts @returns {string[]} */
function combine(parts) {
  return parts.reduce(
    (/** @type {string[]} */ starts, part) => {
      const ends = typeof part === "string" ? [part] : part.options.flatMap(combine);
      return starts.flatMap((start) => ends.map((end) => start + end));
    },
    [""],
  );
}
