// What `GET /v1/models/BigDug-Sasha` answers, as far as the tests of links and files need it.

const SIDE = { type: "integer", enum: [512, 768, 1024], default: 1024 };

export const MODEL = /** @type {import("../../../frontend/app/types.js").Model} */ ({
  name: "BigDug-Sasha",
  price: { per_image: 0.012, micros_per_image: 12_000, currency: "USD" },
  retention_days: 7,
  availability: { accepting: true, detail: null, retry_after_s: null },
  limits: { requests_per_minute: 60, guest_images_per_day: 3, url_lifetime_s: 3600 },
  site: { name: "Sasha", contact_url: "", get_key_url: "", terms_url: "", privacy_url: "" },
  links: { documentation: "" },
  parameters: {
    properties: {
      prompt: { type: "string", minLength: 1, maxLength: 4000 },
      negative_prompt: { anyOf: [{ type: "string", maxLength: 4000 }, { type: "null" }], default: null },
      scheduler: {
        type: "string",
        enum: [
          "DDIM", "DPM Multi", "DPM Single", "Euler a", "Euler", "Heun", "DPM2 a Karras", "DPM2 Karras", "LMS", "PNDM",
          "DDPM", "UniPC",
        ],
        default: "UniPC",
      },
      num_inference_steps: { type: "integer", minimum: 20, maximum: 100, default: 20 },
      guidance_scale: { type: "number", minimum: 0.1, maximum: 25, default: 7.5 },
      samples: { type: "integer", minimum: 1, maximum: 4, default: 1 },
      seed: { type: "integer", minimum: -1, maximum: 999_999_999_999_999, default: -1 },
      img_width: SIDE,
      img_height: SIDE,
      base64: { type: "boolean", default: false },
      lora_scale: { anyOf: [{ type: "number", minimum: -10, maximum: 10 }, { type: "null" }], default: null },
    },
    required: ["prompt"],
  },
});
