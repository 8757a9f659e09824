// Sets custom properties of an element: the CSP does not allow style attributes.

import { Directive, directive } from "../../vendor/lit-html/directive.js";
import { noChange } from "../../vendor/lit-html/lit-html.js";

class Properties extends Directive {
  /** @param {Record<string, string | number>} _values by name, without the dashes */
  render(_values) {
    return noChange;
  }

  /**
   * @override
   * @param {import("../../vendor/lit-html/directive.js").ElementPart} part
   * @param {[Record<string, string | number>]} values
   */
  update(part, [values]) {
    const { style } = /** @type {HTMLElement} */ (part.element);
    for (const [name, value] of Object.entries(values)) style.setProperty(`--${name}`, String(value));
    return noChange;
  }
}

export const properties = directive(Properties);
