// A plain form: submits, waits, shows the pictures.

import * as api from "./api.js";

const POLL_MS = 700;
const form = document.querySelector("#form");
const state = document.querySelector("#state");
const pictures = document.querySelector("#pictures");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await make(settings(), document.querySelector("#key").value.trim());
  } catch (error) {
    say(error instanceof api.ApiError ? error.message : `This page has a fault: ${error.message}`, true);
  } finally {
    button.disabled = false;
  }
});

async function make(wanted, key) {
  const began = performance.now();
  let request = await api.submit(wanted, key, crypto.randomUUID());
  while (request.status === "QUEUED" || request.status === "PROCESSING") {
    say(`${request.status === "QUEUED" ? "Waiting" : "Running"} for ${Math.round((performance.now() - began) / 1000)} s`);
    await new Promise((resume) => setTimeout(resume, POLL_MS));
    request = await api.result(request.request_id, key);
  }
  request = await api.result(request.request_id, key);
  if (request.status === "FAILED") return say(request.error, true);
  pictures.prepend(...request.images.map((image) => figure(image, wanted.prompt)));
  const { cost, remaining_credits: left, total_time: seconds } = request.metrics;
  const failed = request.failures.length ? ` ${request.failures.length} failed and are not charged.` : "";
  const paid = left === undefined ? "for free" : `for $${cost.toFixed(3)}; $${left.toFixed(2)} left`;
  say(`Done in ${seconds.toFixed(1)} s ${paid}.${failed}`);
}

function settings() {
  const { prompt, negative_prompt, ...numbers } = Object.fromEntries(new FormData(form));
  const wanted = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]));
  return { prompt, ...(negative_prompt ? { negative_prompt } : {}), ...wanted };
}

function figure(image, prompt) {
  const picture = Object.assign(new Image(image.width, image.height), { src: image.url, alt: `Picture ${image.index + 1} of: ${prompt}` });
  const link = Object.assign(document.createElement("a"), { href: image.url, download: image.file_name, textContent: "Save" });
  const caption = document.createElement("figcaption");
  caption.append(`Seed ${image.seed} · ${image.width} × ${image.height} · `, link);
  const element = document.createElement("figure");
  element.append(picture, caption);
  return element;
}

function say(text, bad = false) {
  state.textContent = text;
  state.classList.toggle("bad", bad);
}

api.model().then(
  ({ price }) => { document.querySelector("#price").textContent = `$${price.per_image} each.`; },
  () => {},
);
