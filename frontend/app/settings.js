// The form's fields, made from the API's description of the model: ranges, defaults, what is wrong, what it costs.

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").Recovered} Recovered */
/** @typedef {Partial<Record<keyof Settings, string>>} Faults */
/** @typedef {Record<string, unknown>} Values Settings, and whatever else the API has learned since. */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"text" | "int" | "number" | "choice" | "switch"} type
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {number} step What a slider or an arrow key moves by; any value between is legal too.
 * @property {(string | number)[]} choices
 * @property {unknown} default Never undefined; "" for a text, null for an optional number.
 * @property {number} minLength
 * @property {number | null} maxLength In characters as the API counts them: code points.
 * @property {boolean} optional Whether it may be left empty.
 * @property {string} hint
 */

/**
 * One parameter's JSON Schema, with what the API does not use yet but pydantic can write.
 * @typedef {object} Schema
 * @property {string} [type]
 * @property {(string | number)[]} [enum]
 * @property {string | number} [const]
 * @property {Schema[]} [anyOf]
 * @property {string} [$ref]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {unknown} [default]
 * @property {string} [description]
 * @property {string} [title]
 */

// The order is the form's. What the API has and this table has not comes after it, under the API's own title.
/** @type {Record<string, {label: string, hint?: string, step?: number}>} */
const OURS = {
  prompt: { label: "Prompt" },
  negative_prompt: { label: "Negative prompt", hint: "What should not be in the picture." },
  img_width: { label: "Width" },
  img_height: { label: "Height" },
  samples: { label: "Images" },
  seed: { label: "Seed", hint: "The same seed and settings make the same picture." },
  num_inference_steps: { label: "Steps", hint: "More steps add detail, up to a point, and take longer." },
  guidance_scale: { label: "Guidance", hint: "How closely to follow the prompt. High values look harsh.", step: 0.1 },
  scheduler: { label: "Scheduler" },
  lora_scale: { label: "LoRA scale", hint: "Strength of the model's LoRA. Empty leaves it to the model.", step: 0.1 },
};
// The page fetches its pictures by URL.
const NOT_IN_THE_FORM = new Set(["base64"]);
const TYPES = /** @type {Record<string, Field["type"]>} */ ({
  string: "text",
  integer: "int",
  number: "number",
  boolean: "switch",
});
const QUOTED = 40;

/** The form's fields in its order. @param {Model} model @returns {Field[]} */
export function fields(model) {
  const names = Object.keys(model.parameters.properties);
  const known = Object.keys(OURS).filter((name) => names.includes(name));
  return [...known, ...names.filter((name) => !known.includes(name))].flatMap((name) => field(model, name) ?? []);
}

/**
 * One field; null where the API has no such parameter, or none that a form can ask for.
 * @param {Model} model @param {string} name @returns {Field | null}
 */
export function field(model, name) {
  const { properties, required = [] } = model.parameters;
  if (!Object.hasOwn(properties, name) || NOT_IN_THE_FORM.has(name)) return null;
  const { schema, nullable } = flattened(/** @type {Schema} */ (properties[name]), model);
  const choices = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const type = choices.length > 0 ? "choice" : TYPES[schema.type ?? ""];
  if (!type) return null;
  const ours = OURS[name];
  const { minimum = null, maximum = null, minLength = 0, maxLength = null } = schema;
  const span = minimum === null || maximum === null ? 0 : maximum - minimum;
  return {
    name,
    label: ours?.label ?? schema.title ?? name,
    type,
    minimum,
    maximum,
    step: type === "int" ? 1 : (ours?.step ?? (span > 0 && span <= 2 ? 0.01 : 0.1)),
    choices,
    default: schema.default ?? (nullable ? (type === "text" ? "" : null) : empty(type, minimum, choices)),
    minLength,
    maxLength,
    optional: nullable || (type === "text" && minLength === 0 && !required.includes(name)),
    hint: ours ? (ours.hint ?? "") : (schema.description ?? ""),
  };
}

/** What the form starts with. @param {Model} model @returns {Settings} */
export function defaults(model) {
  const values = Object.fromEntries(fields(model).map(({ name, default: value }) => [name, value]));
  return /** @type {Settings} */ (/** @type {unknown} */ (values));
}

/**
 * A sentence for each field that the API would refuse; {} where there is none.
 * @param {Settings} settings @param {Model} model @returns {Faults}
 */
export function check(settings, model) {
  const values = /** @type {Values} */ (/** @type {unknown} */ (settings));
  /** @type {Record<string, string>} */
  const faults = {};
  for (const each of fields(model)) {
    const fault = faultIn(each, values[each.name]);
    if (fault) faults[each.name] = fault;
  }
  const most = field(model, "seed")?.maximum;
  if (!faults.seed && typeof most === "number" && settings.seed + (settings.samples ?? 1) - 1 > most) {
    faults.seed = `Picture n has seed + n − 1, at most ${shown(most)}. Choose a smaller seed or fewer images.`;
  }
  return faults;
}

/**
 * What is wrong with one value, null if nothing is.
 * @param {Field} field @param {unknown} value @returns {string | null}
 */
export function faultIn(field, value) {
  if (field.type === "switch") return typeof value === "boolean" ? null : "Choose on or off.";
  if (field.type === "text") return faultInText(field, typeof value === "string" ? value : "");
  if (value === null && field.optional) return null;
  if (field.type === "choice") {
    return field.choices.includes(/** @type {string} */ (value)) ? null : "Choose one from the list.";
  }
  const number = typeof value === "number" ? value : NaN;
  const whole = field.type === "int";
  const inside = number >= (field.minimum ?? -Infinity) && number <= (field.maximum ?? Infinity);
  return Number.isFinite(number) && inside && (!whole || Number.isInteger(number))
    ? null
    : `Write a ${whole ? "whole number" : "number"}${range(field)}${field.optional ? ", or leave it empty" : ""}.`;
}

/** @param {Field} field @param {string} text */
function faultInText(field, text) {
  if (text.trim() === "" && !field.optional) {
    return field.name === "prompt" ? "Say in words what to draw." : `${field.label} is needed.`;
  }
  const length = lengthOf(text);
  if (field.maxLength !== null && length > field.maxLength) {
    return `${shown(length)} characters; at most ${shown(field.maxLength)} can be sent. Nothing was cut.`;
  }
  return length < field.minLength && length > 0 ? `Write at least ${shown(field.minLength)} characters.` : null;
}

/** Characters as the API counts them: an emoji is one, not two. @param {string} text */
export function lengthOf(text) {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at += 1) {
    if (/** @type {number} */ (text.codePointAt(at)) > 0xffff) {
      length -= 1;
      at += 1;
    }
  }
  return length;
}

/**
 * What can be used of values from a link, a file or a store, and in sentences what could not. Takes anything, never
 * throws. Numbers are moved into their range; texts are kept as they are, whatever their length.
 * @param {unknown} values @param {Model} model @returns {Recovered}
 */
export function fit(values, model) {
  /** @type {Values} */
  const settings = {};
  /** @type {string[]} */
  const said = [];
  /** @type {string[]} */
  const unknown = [];
  const given = typeof values === "object" && values !== null && !Array.isArray(values) ? Object.entries(values) : [];
  for (const [name, value] of given) {
    const known = field(model, name);
    if (!known && !NOT_IN_THE_FORM.has(name)) unknown.push(quoted(name));
    if (!known || value === null || value === undefined) continue;
    const { fitting, remark } = fitOne(known, value);
    if (fitting !== undefined) settings[name] = fitting;
    if (remark) said.push(`${known.label}: ${remark}`);
  }
  if (unknown.length > 0) {
    const named = [...unknown.slice(0, 3), ...(unknown.length > 3 ? [`${shown(unknown.length - 3)} more`] : [])];
    said.push(`Left out, as this model has no such setting: ${named.join(", ")}.`);
  }
  return { settings: /** @type {Partial<Settings>} */ (settings), said };
}

/** @param {Field} field @param {unknown} value @returns {{fitting?: unknown, remark?: string | null}} */
function fitOne(field, value) {
  if (field.type === "text") {
    if (typeof value !== "string" && typeof value !== "number") return { remark: "it is no text and was left out." };
    return { fitting: String(value), remark: faultInText({ ...field, optional: true }, String(value)) };
  }
  if (field.type === "switch") {
    const fitting = { true: true, false: false }[String(value)];
    return fitting === undefined ? { remark: `${quoted(value)} is neither on nor off and was left out.` } : { fitting };
  }
  if (value === "" && field.optional) return {};
  const number = typeof value === "number" ? value : typeof value === "string" ? readNumber(value) : NaN;
  if (field.type === "choice") return fitChoice(field, value, number);
  if (!Number.isFinite(number)) return { remark: `${quoted(value)} is no number and was left out.` };
  // The nearest legal seed is another picture: better none.
  if (field.name === "seed" && number > (field.maximum ?? Infinity)) {
    return { remark: `${quoted(value)} is too large and was left out.` };
  }
  const whole = field.type === "int" ? Math.round(number) : number;
  const fitting = Math.min(Math.max(whole, field.minimum ?? -Infinity), field.maximum ?? Infinity);
  return { fitting, remark: fitting === number ? null : `${quoted(value)} became ${shown(fitting)}.` };
}

/** @param {Field} field @param {unknown} value @param {number} number */
function fitChoice({ choices }, value, number) {
  const spelt = (/** @type {unknown} */ word) => (typeof word === "object" ? "" : String(word).trim().toLowerCase());
  const same = choices.find((choice) => choice === number || spelt(choice) === spelt(value));
  if (same !== undefined) return { fitting: same };
  const numbers = choices.filter((choice) => typeof choice === "number");
  if (!Number.isFinite(number) || numbers.length === 0) {
    return { remark: `${quoted(value)} is not known and was left out.` };
  }
  const fitting = numbers.reduce((best, each) => (Math.abs(each - number) < Math.abs(best - number) ? each : best));
  return { fitting, remark: `${quoted(value)} became ${shown(fitting)}.` };
}

/** @param {unknown} value */
function quoted(value) {
  if (typeof value === "number") return shown(value);
  if (typeof value !== "string") return "what was given";
  return `“${value.length > QUOTED ? `${value.slice(0, QUOTED)}…` : value}”`;
}

/** What the request says: empty settings are left out. @param {Settings} settings @returns {Record<string, unknown>} */
export function forApi(settings) {
  const said = Object.entries(settings).filter(
    ([name, value]) => value !== null && value !== undefined && !(name === "negative_prompt" && value.trim() === ""),
  );
  // Half of a cut emoji is no text to the API.
  const whole = (/** @type {unknown} */ value) => (typeof value === "string" ? value.toWellFormed() : value);
  return Object.fromEntries(said.map(([name, value]) => [name, whole(value)]));
}

/**
 * Dollars for the pictures of `count` such requests.
 * @param {Settings} settings @param {Model} model @param {number} [count]
 */
export function priceOf(settings, model, count = 1) {
  const pictures = Number.isFinite(settings.samples) ? settings.samples : 1;
  return (model.price.micros_per_image * pictures * count) / 1e6;
}

/** "$0.048": as many decimals as it takes, at least two. @param {number} dollars */
export function asDollars(dollars) {
  const [whole, part = ""] = dollars.toFixed(6).split(".");
  return `$${Number(whole).toLocaleString("en")}.${part.replace(/0{1,4}$/, "")}`;
}

/**
 * Names of the settings, the prompt aside, that differ from the default.
 * @param {Settings} settings @param {Model} model
 */
export function changed(settings, model) {
  const values = /** @type {Values} */ (/** @type {unknown} */ (settings));
  return fields(model)
    .filter((each) => each.name !== "prompt" && values[each.name] !== each.default)
    .map((each) => each.name);
}

/** @param {Settings} settings @param {number} seed @returns {Settings} */
export function withSeed(settings, seed) {
  return { ...settings, seed };
}

/** A seed such as the API draws, below 2³². */
export function drawSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

/**
 * The number that somebody wrote, NaN where it is none. A decimal comma and a typographic minus are understood, in
 * whole numbers commas between thousands.
 * @param {string} text @param {boolean} [whole]
 */
export function readNumber(text, whole = false) {
  let plain = text.trim().replace(/^[−–]/, "-");
  if (whole) plain = /^[+-]?\d{1,3}(,\d{3})+$/.test(plain) ? plain.replaceAll(",", "") : plain;
  else plain = /^[^.,]*,[^.,]*$/.test(plain) ? plain.replace(",", ".") : plain;
  return plain.length <= 60 && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(plain) ? Number(plain) : NaN;
}

/** @param {number} number */
export function shown(number) {
  return number.toLocaleString("en", { maximumFractionDigits: 6 }).replace("-", "−");
}

/** @param {Field} field */
function range({ minimum, maximum }) {
  if (minimum !== null && maximum !== null) return ` from ${shown(minimum)} to ${shown(maximum)}`;
  if (minimum !== null) return `, at least ${shown(minimum)}`;
  return maximum === null ? "" : `, at most ${shown(maximum)}`;
}

/**
 * pydantic writes `X | None` as anyOf with null, and a named enum as a reference.
 * @param {Schema} schema @param {Model} model
 */
function flattened(schema, model) {
  const { $defs = {} } = /** @type {{$defs?: Record<string, Schema>}} */ (model.parameters);
  const options = (schema.anyOf ?? [schema]).map(({ $ref, ...rest }) =>
    $ref ? { ...$defs[$ref.split("/").at(-1) ?? ""], ...rest } : rest,
  );
  const nullable = options.some((option) => option.type === "null");
  const meant = options.find((option) => option.type !== "null") ?? {};
  return { schema: /** @type {Schema} */ ({ ...meant, ...schema }), nullable };
}

/** @param {Field["type"]} type @param {number | null} minimum @param {(string | number)[]} choices */
function empty(type, minimum, choices) {
  if (type === "choice") return choices[0];
  if (type === "switch") return false;
  return type === "text" ? "" : (minimum ?? 0);
}
