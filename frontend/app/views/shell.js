// The frame: where one is, what one may still spend, the theme; and the owner's words at the foot.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { signal } from "../../vendor/preact-signals-core/signals-core.mjs";
import { asDollars } from "../settings.js";
import { allowance, dialog, elsewhere, key, model, route } from "../state.js";

const VIEWS = [
  ["create", "Create"],
  ["gallery", "Gallery"],
  ["api", "API"],
];
const THEMES = /** @type {const} */ ({
  system: { next: "light", icon: "monitor", label: "Theme: the system's" },
  light: { next: "dark", icon: "sun", label: "Theme: light" },
  dark: { next: "system", icon: "moon", label: "Theme: dark" },
});

const theme = signal(/** @type {keyof typeof THEMES} */ (startingTheme()));

/** An icon of index.html's; whatever carries it has the words. @param {string} name */
export function icon(name) {
  return html`<svg class="icon" aria-hidden="true"><use href="#icon-${name}"></use></svg>`;
}

/** The links to the views. */
export function navigation() {
  return VIEWS.map(
    ([view, label]) => html`<a href="#/${view}" aria-current=${route.value === view ? "page" : nothing}>${label}</a>`,
  );
}

/** What is left to spend, the theme, and help. */
export function accountBar() {
  const { next, icon: drawn, label } = THEMES[theme.value];
  return html`
    <button class="button quiet" aria-haspopup="dialog" @click=${() => (dialog.value = "key")}>
      ${icon("key-round")} <span>${left()}</span>
    </button>
    <button class="icon-button" aria-label="${label}. Change to ${next}" title=${label} @click=${() => choose(next)}>
      ${icon(drawn)}
    </button>
    <button class="icon-button wide-only" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" aria-haspopup="dialog"
      @click=${() => (dialog.value = "shortcuts")}>${icon("keyboard")}</button>
  `;
}

/** What is stored, whose site it is, and another tab's presence. */
export function footer() {
  const site = model.value?.site;
  return html`
    <button class="button quiet" aria-haspopup="dialog" @click=${() => (dialog.value = "about")}>
      What is stored, and for how long
    </button>
    ${link(site?.terms_url, "Terms")} ${link(site?.privacy_url, "Privacy")} ${link(site?.contact_url, "Report a picture")}
    ${elsewhere.value ? html`<span>Also open in another tab: both show the same pictures.</span>` : nothing}
    <span class="spacer">Pictures by ${model.value?.name ?? "BigDug-Sasha"} at Segmind</span>
  `;
}

/** @param {string | undefined} url @param {string} label */
function link(url, label) {
  return url ? html`<a href=${url} rel="noopener">${label}</a>` : nothing;
}

function left() {
  const { credits, freeImagesLeft } = allowance.value;
  if (key.value) return credits === null ? key.value.account : asDollars(credits);
  if (freeImagesLeft === null) return "Add key";
  if (model.value?.limits.guest_images_per_day === 0) return "Add key";
  return html`${freeImagesLeft} free<span class="wide-only"> today</span>`;
}

/** @param {keyof typeof THEMES} chosen */
function choose(chosen) {
  theme.value = chosen;
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem("sasha.theme", chosen);
  } catch {
    // No storage: it lasts as long as the page.
  }
}

function startingTheme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}
