// Fills the page's store with made-up pictures. Run in the page by page.evaluate(this text, {count, …}), then reload.
async ({ count = 1000, starred = 0.05, gone = 0, days = 40, now = Date.now() }) => {
  const SIZES = [[1024, 768], [768, 1024], [1024, 1024], [512, 512], [768, 512], [512, 1024], [1024, 512]];
  const THINGS = ["red fox", "lighthouse", "teapot", "harbour", "bicycle", "mountain hut", "paper boat", "snow owl"];
  const PLACES = ["in the snow", "at dawn", "in the fog", "under northern lights", "by the sea", "in a quiet street"];
  const TABLES = ["jobs", "pictures", "files", "prompts", "erasures"];
  const SCHEDULERS = ["UniPC", "DDIM", "Euler a", "DPM2 Karras"];
  const DAY = 86_400_000;

  const drawn = new Map();
  /** A picture with some shapes in it, the same for the same number. */
  async function draw(number, width, height) {
    const name = `${number % 24} ${width} ${height}`;
    if (drawn.has(name)) return drawn.get(name);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    const hue = ((number % 24) * 47) % 360;
    const sky = context.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, `hsl(${hue} 45% 72%)`);
    sky.addColorStop(1, `hsl(${(hue + 40) % 360} 50% 38%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    for (let ridge = 0; ridge < 3; ridge += 1) {
      context.fillStyle = `hsl(${(hue + 200) % 360} ${20 + 8 * ridge}% ${48 - 14 * ridge}%)`;
      context.beginPath();
      context.moveTo(0, height);
      for (let x = 0; x <= width; x += width / 24) {
        context.lineTo(x, height * (0.5 + 0.14 * ridge) + Math.sin(x / (30 + 9 * ridge) + number) * height * 0.05);
      }
      context.lineTo(width, height);
      context.fill();
    }
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
    drawn.set(name, blob);
    return blob;
  }

  const opening = indexedDB.open("sasha", 1);
  opening.onupgradeneeded = () => {
    for (const table of TABLES) opening.result.createObjectStore(table, { keyPath: "id" });
  };
  const database = await new Promise((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

  const pictures = [];
  const files = [];
  for (let n = 0; n < count; n += 1) {
    const [width, height] = SIZES[(n * 5) % SIZES.length];
    const side = 320 / Math.max(width, height);
    const index = n % 4;
    const requestId = `00000000-0000-4000-8000-${String(Math.floor(n / 4)).padStart(12, "0")}`;
    const id = `${requestId}/${index}`;
    // A power, so that recent days have more than old ones.
    const createdAt = Math.round(now - days * DAY * (n / count) ** 2 - n * 1000);
    const kept = n % 100 >= gone * 100;
    pictures.push({
      id, requestId, index, createdAt,
      settings: {
        prompt: `a ${THINGS[n % THINGS.length]} ${PLACES[(n * 7) % PLACES.length]}, number ${n}`,
        negative_prompt: n % 3 ? "" : "blurry, text",
        scheduler: SCHEDULERS[n % SCHEDULERS.length], num_inference_steps: 20, guidance_scale: 7.5, samples: 1,
        seed: 1_000_000 + n, img_width: width, img_height: height, lora_scale: null,
      },
      template: null, contentType: "image/jpeg", fileName: `sasha-${1_000_000 + n}.jpg`, fileSize: 60_000,
      width, height,
      permalink: `${location.origin}/v2/requests/${requestId}/images/${index}`,
      expiresAt: kept ? createdAt + 7 * DAY : now - DAY, account: null, cost: null, took: 6.2,
      starred: (n * 37) % 100 < starred * 100, kept,
    });
    if (kept) {
      const thumbnail = await draw(n, Math.round(width * side), Math.round(height * side));
      files.push({ id, picture: await draw(n, width, height), thumbnail });
    }
  }
  await new Promise((resolve, reject) => {
    const writing = database.transaction(["pictures", "files"], "readwrite");
    for (const picture of pictures) writing.objectStore("pictures").put(picture);
    for (const file of files) writing.objectStore("files").put(file);
    writing.oncomplete = resolve;
    writing.onerror = () => reject(writing.error);
  });
  database.close();
  localStorage.setItem("sasha.used", "1");
  return pictures.length;
}
