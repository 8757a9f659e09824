// Files as they go out: with their settings, or, where that is switched off, with nothing that tells of them.

import { model } from "./state.js";

const SWITCH = "sasha.metadata";

/** Whether the settings are written into downloaded files. */
export function settingsGoIn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

/** Throws where the browser keeps nothing. @param {boolean} on */
export function letSettingsIn(on) {
  localStorage.setItem(SWITCH, on ? "on" : "off");
}

/**
 * The picture's file as it goes out. One that can take no settings stays as it is; throws where one cannot be rid of
 * them, for it shall not go out so without having been asked about.
 * @param {Blob} file @param {import("./types.js").Picture} picture @param {boolean} [withSettings]
 */
export async function asDownloaded(file, picture, withSettings = settingsGoIn()) {
  const { embed, strip } = await import("./metadata/index.js");
  if (!withSettings) return strip(file);
  const name = model.peek()?.name ?? "BigDug-Sasha";
  return embed(file, picture.settings, { model: name }).catch(() => file);
}
