// The OpenAPI document in words, and the table of errors beside it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fieldsOf, readOpenApi, typeOf } from "../../frontend/app/openapi.js";
import { ERRORS } from "../../frontend/app/views/guide-errors.js";

const DOCUMENT = {
  openapi: "3.1.0",
  info: { version: "1.2.3" },
  paths: {
    "/healthz": { get: { summary: "Whether it answers", responses: { 200: { description: "Done" } } } },
    "/v2/requests/{id}": {
      delete: { summary: "Erase it", security: [{ api_key: [] }, {}], responses: { 204: { description: "Erased" } } },
      get: {
        summary: "What it brought",
        security: [{ api_key: [] }, {}],
        parameters: [
          { name: "id", in: "path", required: true, description: "Its id", schema: { type: "string", format: "uuid" } },
        ],
        responses: {
          default: {
            description: "What went wrong",
            content: { "application/problem+json": { schema: schema("Problem") } },
          },
          200: {
            description: "Done",
            headers: { "x-cost": { description: "US dollars", schema: { type: "string" } } },
            content: { "application/json": { schema: schema("Result") }, "image/png": bytes(), "image/webp": bytes() },
          },
        },
      },
    },
    "/v1/Model": {
      post: {
        operationId: "make",
        security: [{ api_key: [] }],
        requestBody: { content: { "application/json": { schema: schema("Wanted") } } },
        responses: {},
      },
    },
    "/v2/Model": { post: { security: [{ api_key: [] }], requestBody: { content: {} }, responses: {} } },
  },
  components: {
    schemas: {
      Problem: { description: "What went wrong", properties: { detail: { type: "string" } }, required: ["detail"] },
      Wanted: {
        properties: {
          prompt: { type: "string", minLength: 1, maxLength: 4000, description: "What to draw" },
          samples: { type: "integer", minimum: 1, maximum: 4, default: 1 },
          scale: {
            anyOf: [{ type: "number", minimum: -10, maximum: 10, description: "How much" }, { type: "null" }],
            default: null,
          },
          scheduler: { enum: ["DDIM", "UniPC"], default: "UniPC" },
        },
        required: ["prompt"],
      },
      Result: {
        properties: {
          images: { type: "array", items: schema("Image") },
          limit: { anyOf: [schema("Limit"), { type: "null" }] },
          parent: schema("Result"),
        },
      },
      Image: { type: "object", properties: { url: { type: "string", format: "uri" } }, required: ["url"] },
      Limit: { properties: { left: { type: "integer", minimum: 0 } } },
      Loop: schema("Loop"),
    },
  },
};

function bytes() {
  return { schema: { type: "string", format: "binary" } };
}

function schema(name) {
  return { $ref: `#/components/schemas/${name}` };
}

function routeOf(path, method) {
  const routes = readOpenApi(DOCUMENT).groups.flatMap((group) => group.routes);
  return routes.find((route) => route.path === path && route.method === method);
}

test("routes of one thing stand together, what takes a body first, single ones last", () => {
  const { version, groups } = readOpenApi(DOCUMENT);
  assert.equal(version, "1.2.3");
  assert.deepEqual(
    groups.map(({ name, routes }) => [name, routes.map(({ method, path }) => `${method} ${path}`)]),
    [
      ["Model", ["POST /v1/Model", "POST /v2/Model"]],
      ["requests", ["GET /v2/requests/{id}", "DELETE /v2/requests/{id}"]],
      ["Everything else", ["GET /healthz"]],
    ],
  );
});

test("tags name the groups where there are some", () => {
  const tagged = { paths: { "/a": { get: { tags: ["Pictures"] }, post: { tags: ["Pictures"] } } } };
  assert.equal(readOpenApi(tagged).groups[0].name, "Pictures");
});

test("a route says whether it needs a key", () => {
  assert.equal(routeOf("/v1/Model", "POST").key, "needed");
  assert.equal(routeOf("/v2/requests/{id}", "GET").key, "optional");
  assert.equal(routeOf("/healthz", "GET").key, "none");
});

test("parameters, headers and answers are told with their types", () => {
  const route = routeOf("/v2/requests/{id}", "GET");
  assert.deepEqual(route.parameters, [
    { name: "id", type: "UUID", required: true, text: "Its id", otherwise: "", choices: [], where: "path" },
  ]);
  assert.deepEqual(route.answers.map(({ status }) => status), ["200", "default"]);
  assert.deepEqual(route.answers[0].headers.map(({ name, text }) => [name, text]), [["x-cost", "US dollars"]]);
  assert.deepEqual(
    route.answers[0].bodies.map(({ kind, shape }) => [kind, shape]),
    [["application/json", "Result"], ["image/png, image/webp", "bytes"]],
  );
});

test("a schema's fields come with range, default and choices", () => {
  const told = fieldsOf(schema("Wanted"), DOCUMENT);
  assert.deepEqual(told.map(({ name, type }) => `${name}: ${type}`), [
    "prompt: text (1 to 4000 characters)", "samples: whole number (1 to 4)", "scale: number (-10 to 10) or null",
    "scheduler: one of",
  ]);
  assert.deepEqual(told.map(({ required }) => required), [true, false, false, false]);
  assert.deepEqual(told.map(({ text }) => text), ["What to draw", "", "How much", ""]);
  assert.deepEqual(told.map(({ otherwise }) => otherwise), ["", "1", "", "UniPC"]);
  assert.deepEqual(told[3].choices, ["DDIM", "UniPC"]);
});

test("what a field holds comes below it, and a shape that holds itself ends", () => {
  assert.deepEqual(
    fieldsOf(schema("Result"), DOCUMENT).map(({ name, type }) => `${name}: ${type}`),
    [
      "images: list of Image", "images[].url: URL", "limit: Limit or null", "limit.left: whole number (0 or more)",
      "parent: Result",
    ],
  );
});

test("a document that is none, or leads nowhere, breaks nothing", () => {
  for (const odd of [null, undefined, {}, [], "text", { paths: null }, { paths: { "/a": { get: {} } } }]) {
    assert.ok(Array.isArray(readOpenApi(odd).groups));
  }
  assert.equal(typeOf(schema("Loop"), DOCUMENT), "Loop");
  assert.equal(typeOf(schema("Nowhere"), DOCUMENT), "Nowhere");
  assert.deepEqual(fieldsOf({ $ref: "#/__proto__/constructor" }, DOCUMENT), []);
});

test("the table of errors is the API's own", () => {
  const source = readFileSync(new URL("../../functions/sasha/web/problems.py", import.meta.url), "utf8");
  const found = [...source.matchAll(/^ {4}Code\.([A-Z_]+): Problem\((\d{3}),/gm)];
  const known = found.map(([, code, status]) => `${code.toLowerCase()} ${status}`);
  assert.ok(known.length > 20);
  assert.deepEqual(ERRORS.map(({ code, status }) => `${code} ${status}`).toSorted(), known.toSorted());
});
