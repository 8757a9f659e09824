// A job's name is its Idempotency-Key: a guest's must be a UUID, and no two may be alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomUuid } from "../../frontend/app/uuid.js";

test("a name is a UUID of version 4, and never the same", () => {
  const names = Array.from({ length: 1000 }, randomUuid);

  for (const name of names) assert.match(name, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(names).size, 1000);
});
