// Where the gallery's pictures lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut, nextRow, within } from "../../frontend/app/rows.js";

/** @param {string} id @param {number} width @param {number} height */
const picture = (id, width, height) => /** @type {any} */ ({ id, width, height });

/** @param {string} name @param {number} count @param {number[][]} [shapes] */
function day(name, count, shapes = [[1024, 768], [768, 1024], [512, 512], [512, 1024], [1024, 512]]) {
  const shape = (/** @type {number} */ n) => shapes[n % shapes.length];
  const one = (/** @type {number} */ n) => picture(`${name}${n}`, shape(n)[0], shape(n)[1]);
  return { day: name, title: name, pictures: Array.from({ length: count }, (_, n) => one(n)) };
}

/** @param {ReturnType<typeof layOut>["blocks"][number]} block */
function rowsOf({ places }) {
  const last = places.at(-1)?.row ?? -1;
  return Array.from({ length: last + 1 }, (_, row) => places.filter((place) => place.row === row));
}

for (const width of [280, 336, 720, 1392, 3000]) {
  test(`at ${width} px rows are full, of one height, nothing overlaps, shapes stay`, () => {
    const { blocks: [block], height } = layOut([day("a", 57)], width);
    const rows = rowsOf(block);
    let y = 32;
    for (const [n, row] of rows.entries()) {
      let x = 0;
      for (const place of row) {
        assert.deepEqual([place.x, place.y, place.height], [x, y, row[0].height]);
        assert.ok(Math.abs(place.width / place.height / (place.picture.width / place.picture.height) - 1) < 0.03);
        x += place.width + 8;
      }
      assert.ok(x - 8 <= width, "nothing beyond the edge");
      if (n < rows.length - 1) assert.ok(Math.abs(x - 8 - width) <= 1, "full");
      y += row[0].height + 8;
    }
    assert.equal(height, y - 8);
  });
}

test("days lie one below the other, and only what is seen is drawn, with the one in focus", () => {
  const layout = layOut([day("a", 100), day("b", 100), day("c", 100)], 1000);
  const [a, b] = layout.blocks;
  assert.equal(b.y, a.y + a.height + 24);
  const seen = within(layout, b.y, b.y + 300, "c99");
  assert.deepEqual(seen.map(({ day }) => day), ["b", "c"]);
  assert.ok(seen[0].places.length < 20 && seen[0].places[0].picture.id === "b0");
  assert.deepEqual(seen[1].places.map((place) => place.picture.id), ["c99"]);
});

test("up and down go to the nearest of the next row, over days too, and stop at the ends", () => {
  const layout = layOut([day("a", 7, [[1, 1]]), day("b", 2, [[1, 1]])], 1000, { target: 190 });
  assert.deepEqual(rowsOf(layout.blocks[0]).map((row) => row.length), [5, 2]);
  assert.equal(nextRow(layout, "a1", 1), "a6");
  assert.equal(nextRow(layout, "a4", 1), "a6");
  assert.equal(nextRow(layout, "a5", 1), "b0");
  assert.equal(nextRow(layout, "b1", -1), "a6");
  assert.equal(nextRow(layout, "b1", 1), null);
  assert.equal(nextRow(layout, "gone", 1), null);
});

test("where text is twice its size, all is as where the window is half as wide", () => {
  const plain = layOut([day("a", 9)], 336);
  const { blocks: [{ places }], height } = layOut([day("a", 9)], 672, { scale: 2 });
  assert.deepEqual(places.map(({ row }) => row), plain.blocks[0].places.map(({ row }) => row));
  assert.equal(places[0].y, 64);
  assert.ok(height > 1.9 * plain.height && height < 2 * plain.height, "the gaps alone stay");
});

test("odd sizes break nothing", () => {
  const shapes = [[0, 0], [NaN, 1], [1, 100_000], [100_000, 1], [-5, 5]];
  const { blocks: [{ places }], height } = layOut([day("a", 5, shapes)], 336);
  assert.ok(Number.isFinite(height));
  for (const place of places) assert.ok(place.width >= 20 && place.width <= 336 && place.height > 20);
});
