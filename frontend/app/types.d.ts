// The shapes that the page's modules share. Read by the type checker alone; never served.

/** What is asked of the API, always complete. `seed` -1 draws one; `lora_scale` null leaves it out. */
export interface Settings {
  prompt: string;
  negative_prompt: string;
  scheduler: string;
  num_inference_steps: number;
  guidance_scale: number;
  samples: number;
  seed: number;
  img_width: number;
  img_height: number;
  lora_scale: number | null;
}

/** `GET /v1/models/BigDug-Sasha`: name, price, limits, whether it is there, the owner's words, the parameters. */
export interface Model {
  name: string;
  price: { per_image: number; micros_per_image: number; currency: string };
  retention_days: number;
  limits: { requests_per_minute: number; guest_images_per_day: number; url_lifetime_s: number };
  /** Whether pictures can be made now; if not, why. */
  availability: { accepting: boolean; detail: string | null; retry_after_s: number | null };
  /** Each is "" where the owner said nothing, but for the name and the documentation. */
  site: { name: string; contact_url: string; get_key_url: string; terms_url: string; privacy_url: string };
  links: { documentation: string };
  /** As JSON Schema. */
  parameters: { properties: Record<string, Parameter>; required: string[] };
}

/** One parameter's JSON Schema, as pydantic writes it. */
export interface Parameter {
  type?: string;
  enum?: (string | number)[];
  anyOf?: Parameter[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  default?: string | number | boolean | null;
  description?: string;
  title?: string;
  examples?: unknown[];
}

/** Why something did not happen, from the API's problem or from the network. Times in ms since 1970. */
export interface Problem {
  /** The API's code, or "offline", "unreadable" (an answer that is not the API's), "slow" (no answer in time). */
  code: string;
  detail: string;
  /** HTTP status, 0 where there was no answer. */
  status: number;
  billed: boolean | null;
  retryable: boolean;
  retryAt: number | null;
  requestId: string | null;
  errors: { pointer: string; detail: string }[];
  limit: { name: string; allowed: number; left: number; resets_at: string } | null;
}

/** `sending` is not confirmed by the API yet; the last three are ends. */
export type JobState = "sending" | "queued" | "running" | "done" | "failed" | "canceled";

/** A request for pictures as this device knows it. Times in ms since 1970. */
export interface Job {
  /** A UUID, the request's Idempotency-Key too, so that sending it again is the same request. */
  id: string;
  requestId: string | null;
  createdAt: number;
  runningSince: number | null;
  endedAt: number | null;
  /** As asked, with wildcards resolved. */
  settings: Settings;
  /** The prompt as it was typed, where it had wildcards. */
  template: string | null;
  /** The account whose key asked, null for a guest. Only it can follow the request. */
  account: string | null;
  state: JobState;
  /** Ids of the pictures that are here. */
  pictures: string[];
  failures: { index: number; code: string; detail: string }[];
  warnings: string[];
  problem: Problem | null;
  metrics: { cost?: number; remaining_credits?: number; queue_time?: number; inference_time?: number; total_time?: number };
  /** Why nothing moves just now. Not stored. */
  waiting: null | "network" | "key" | "retry" | "another tab";
}

/** A picture in this browser's history. Times in ms since 1970. */
export interface Picture {
  /** `<request id>/<index>` */
  id: string;
  requestId: string;
  index: number;
  createdAt: number;
  /** As run: this picture's own seed, samples 1. Asking again with them makes the same picture. */
  settings: Settings;
  template: string | null;
  contentType: string;
  fileName: string;
  fileSize: number;
  width: number;
  height: number;
  permalink: string;
  /** When the server deletes its copy. */
  expiresAt: number | null;
  account: string | null;
  /** Dollars for this picture, null for a free one. */
  cost: number | null;
  /** Seconds the request took in all. */
  took: number | null;
  starred: boolean;
  /** Whether its file could be kept on this device; else it is fetched from the server while that has it. */
  kept: boolean;
}

/** The key in use. `account` is the part of it that is no secret. */
export interface Key {
  value: string;
  account: string;
  remembered: boolean;
}

/** Dollars for an account, pictures for a guest; null is not known yet. */
export interface Allowance {
  credits: number | null;
  freeImagesLeft: number | null;
  resetsAt: number | null;
}

/** A line at the bottom of the window, with at most one thing to do. It goes away by itself unless `stays`. */
export interface Notice {
  id: string;
  text: string;
  kind: "info" | "bad";
  stays: boolean;
  action: { label: string; run: () => void } | null;
}

/** What was read from a link or a file, made to fit: `said` tells in sentences what was changed or left out. */
export interface Recovered {
  settings: Partial<Settings>;
  said: string[];
}
