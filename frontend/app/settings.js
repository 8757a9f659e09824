// The form's fields, made from the API's description of the model: ranges, defaults, what is wrong, what it costs.

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Model} Model */
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
export const NOT_IN_THE_FORM = new Set(["base64"]);
const TYPES = /** @type {Record<string, Field["type"]>} */ ({
  string: "text",
  integer: "int",
  number: "number",
  boolean: "switch",
});

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
  return `$${grouped(whole)}.${part.replace(/0{1,4}$/, "")}`;
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

/** "−1,234.5": at most six decimals. @param {number} number */
export function shown(number) {
  const [whole, part] = String(Number(number.toFixed(6))).split(".");
  return `${grouped(whole)}${part ? `.${part}` : ""}`.replace("-", "−");
}

/** Intl does it too, and takes a phone 100 ms to start. @param {string} digits */
function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
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
