// Where a key comes from, in the words that the site's owner gave.

import { html } from "../../vendor/lit-html/lit-html.js";

/** @param {import("../types.js").Model["site"] | undefined} site */
export function getKey(site) {
  const { get_key_url: page, contact_url: contact } = site ?? {};
  if (page) return html`No key yet? <a href=${page} rel="noopener">Get a key</a>`;
  if (contact) return html`No key yet? <a href=${contact} rel="noopener">Ask the owner of this site</a> for one`;
  return html`No key yet? The owner of this site gives them out`;
}
