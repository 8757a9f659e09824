// Reads the OpenAPI document (3.1) into what a person wants to see: routes, and tables of fields, in words. Pure.

/**
 * @typedef {Record<string, any>} Schema
 * @typedef {"needed" | "optional" | "none"} KeyNeeded
 * @typedef {{name: string, type: string, required: boolean, text: string, otherwise: string, choices: string[]}} Field
 *   A member of a member is named `limit.left`, one of a list's `images[].url`; `otherwise` is its default.
 * @typedef {{kind: string, shape: string, text: string, fields: Field[]}} Body
 * @typedef {{status: string, text: string, headers: Field[], bodies: Body[]}} Answer
 * @typedef {{id: string, method: string, path: string, summary: string, text: string, key: KeyNeeded,
 *   parameters: (Field & {where: string})[], bodies: Body[], answers: Answer[]}} Route
 */

const METHODS = ["get", "post", "put", "patch", "delete"];
// Deeper than this, a table would hide what it is to show.
const DEEPEST = 2;
// Of refs that lead to refs.
const LONGEST_WAY = 20;
const MOST_CHOICES = 12;
/** @type {Record<string, string>} */
const FORMATS = { "date-time": "time (ISO 8601)", date: "date (ISO 8601)", uri: "URL", uuid: "UUID", binary: "bytes" };

/**
 * The routes by tag; those without one by what they are of, and what stands alone at the end.
 * @param {any} document
 * @returns {{version: string, groups: {name: string, routes: Route[]}[]}}
 */
export function readOpenApi(document) {
  /** @type {Map<string, Route[]>} */
  const groups = new Map();
  for (const [path, operations] of Object.entries(document?.paths ?? {})) {
    for (const method of METHODS.filter((each) => operations[each])) {
      const operation = operations[method];
      const name = operation.tags?.[0] ?? thing(path);
      groups.set(name, [...(groups.get(name) ?? []), route(method, path, operation, document)]);
    }
  }
  const of = [...groups].map(([name, routes]) => ({ name, routes: routes.toSorted(byPath) }));
  const alone = of.filter((group) => group.routes.length === 1).flatMap((group) => group.routes);
  const together = of.filter((group) => group.routes.length > 1).toSorted((a, b) => posts(b.routes) - posts(a.routes));
  const rest = { name: together.length ? "Everything else" : "Routes", routes: alone };
  return { version: String(document?.info?.version ?? ""), groups: alone.length ? [...together, rest] : together };
}

/**
 * The members of an object's schema, those of its own objects below them.
 * @param {Schema} schema
 * @param {any} document where `$ref`s lead
 * @returns {Field[]}
 */
export function fieldsOf(schema, document) {
  return members(schema, document, "", []);
}

/** A schema's type in words. @param {Schema} schema @param {any} document @returns {string} */
export function typeOf(schema, document) {
  const { name, schema: found } = resolve(schema, document);
  const either = found.anyOf ?? found.oneOf;
  if (either) return [...new Set(either.map((/** @type {Schema} */ each) => typeOf(each, document)))].join(" or ");
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.length > MOST_CHOICES ? `one of ${found.enum.length} words` : "one of";
  if (Array.isArray(found.type)) {
    return found.type.map((/** @type {string} */ type) => typeOf({ ...found, type }, document)).join(" or ");
  }
  switch (found.type) {
    case "array":
      return `list of ${found.items ? typeOf(found.items, document) : "anything"}`;
    case "integer":
      return `whole number${range(found)}`;
    case "number":
      return `number${range(found)}`;
    case "string":
      return Object.hasOwn(FORMATS, found.format ?? "") ? FORMATS[found.format] : `text${length(found)}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    default:
      return name || (found.type === "object" || found.properties ? "object" : "anything");
  }
}

/** @param {string} path */
function thing(path) {
  const [first = "", second] = path.split("/").filter(Boolean);
  return /^v\d+$/.test(first) && second ? second : first;
}

/** @param {Route[]} routes */
function posts(routes) {
  return routes.filter((route) => route.bodies.length).length;
}

/** @param {Route} one @param {Route} other */
function byPath(one, other) {
  return one.path.localeCompare(other.path) || METHODS.indexOf(one.method) - METHODS.indexOf(other.method);
}

/** @param {string} method @param {string} path @param {Schema} operation @param {any} document @returns {Route} */
function route(method, path, operation, document) {
  const security = operation.security ?? document.security ?? [];
  const optional = security.some((/** @type {object} */ each) => Object.keys(each).length === 0);
  return {
    id: operation.operationId ?? `${method}-${path}`,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? "",
    text: operation.description ?? "",
    key: security.length === 0 ? "none" : optional ? "optional" : "needed",
    parameters: (operation.parameters ?? []).map((/** @type {Schema} */ given) => {
      const { schema: found } = resolve(given, document);
      const described = field(found.name, found.schema ?? {}, document, found.required === true);
      return { ...described, text: found.description ?? described.text, where: found.in };
    }),
    bodies: bodies(resolve(operation.requestBody ?? {}, document).schema.content, document),
    answers: Object.entries(operation.responses ?? {})
      .map(([status, given]) => answer(status, resolve(given, document).schema, document))
      .toSorted((one, other) => Number(one.status === "default") - Number(other.status === "default")),
  };
}

/** @param {string} status @param {Schema} found @param {any} document @returns {Answer} */
function answer(status, found, document) {
  const headers = Object.entries(found.headers ?? {}).map(([name, given]) => {
    const { schema: header } = resolve(given, document);
    return { ...field(name, header.schema ?? {}, document, false), text: header.description ?? "" };
  });
  return { status, text: found.description ?? "", headers, bodies: bodies(found.content, document) };
}

/**
 * Kinds of content that have the same shape are one.
 * @param {Record<string, Schema> | undefined} content @param {any} document @returns {Body[]}
 */
function bodies(content, document) {
  /** @type {Map<string, Body>} */
  const byShape = new Map();
  for (const [kind, { schema = {} }] of Object.entries(content ?? {})) {
    const shape = typeOf(schema, document);
    const known = byShape.get(shape);
    const { schema: found } = resolve(schema, document);
    if (known) known.kind += `, ${kind}`;
    else byShape.set(shape, { kind, shape, text: found.description ?? "", fields: fieldsOf(schema, document) });
  }
  return [...byShape.values()];
}

/**
 * `seen` are the shapes on the way here, since a schema may hold itself.
 * @param {Schema} schema @param {any} document @param {string} before @param {string[]} seen @returns {Field[]}
 */
function members(schema, document, before, seen) {
  const { schema: found, name: shape } = resolve(schema, document);
  const depth = before.split(".").length - 1;
  if (!found.properties || depth > DEEPEST || (shape && seen.includes(shape))) return [];
  const way = shape ? [...seen, shape] : seen;
  return Object.entries(found.properties).flatMap(([name, given]) => {
    const own = field(before + name, given, document, found.required?.includes(name) ?? false);
    const { inner, list } = held(given, document);
    return [own, ...members(inner, document, `${own.name}${list ? "[]" : ""}.`, way)];
  });
}

/** @param {string} name @param {Schema} schema @param {any} document @param {boolean} required @returns {Field} */
function field(name, schema, document, required) {
  const { schema: found } = resolve(schema, document);
  const either = [found, ...(found.anyOf ?? [])].map((each) => resolve(each, document).schema);
  const choices = either.flatMap((each) => each.enum ?? []).map(String);
  // What a shape says of itself belongs above its own table.
  const text = either.find((each) => each.description && !each.properties && !each.enum)?.description;
  return {
    name,
    type: typeOf(schema, document),
    required,
    text: schema.description ?? text ?? "",
    otherwise: schema.default === undefined || schema.default === null ? "" : show(schema.default),
    choices: choices.length > MOST_CHOICES ? [] : choices,
  };
}

/** @param {unknown} value */
function show(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * What a member holds, be it one, a list of it, or null instead.
 * @param {Schema} schema @param {any} document @returns {{inner: Schema, list: boolean}}
 */
function held(schema, document) {
  const { schema: found } = resolve(schema, document);
  const one = found.anyOf?.find((/** @type {Schema} */ each) => each.type !== "null");
  if (one) return held(one, document);
  if (found.type === "array" && found.items) return { inner: found.items, list: true };
  return { inner: schema, list: false };
}

/**
 * Follows `$ref`s within the document; one that leads nowhere gives an empty schema.
 * @param {any} schema @param {any} document @returns {{schema: Schema, name: string}}
 */
function resolve(schema, document) {
  let found = schema ?? {};
  let name = "";
  for (let steps = 0; typeof found.$ref === "string"; steps += 1) {
    const { $ref: ref, ...beside } = found;
    const parts = ref.replace(/^#\//, "").split("/").map(unescaped);
    name = parts.at(-1) ?? "";
    found = steps > LONGEST_WAY ? {} : { ...follow(document, parts), ...beside };
  }
  return { schema: found, name };
}

/** @param {any} from @param {string[]} parts */
function follow(from, parts) {
  const has = (/** @type {any} */ at, /** @type {string} */ part) => at instanceof Object && Object.hasOwn(at, part);
  return parts.reduce((at, part) => (has(at, part) ? at[part] : null), from);
}

/** A part of a JSON pointer. @param {string} part */
function unescaped(part) {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** @param {Schema} schema */
function range({ minimum, maximum }) {
  if (minimum !== undefined && maximum !== undefined) return ` (${minimum} to ${maximum})`;
  if (minimum !== undefined) return ` (${minimum} or more)`;
  return maximum === undefined ? "" : ` (at most ${maximum})`;
}

/** @param {Schema} schema */
function length({ minLength = 0, maxLength }) {
  if (maxLength === undefined) return "";
  return minLength > 0 ? ` (${minLength} to ${maxLength} characters)` : ` (at most ${maxLength} characters)`;
}
