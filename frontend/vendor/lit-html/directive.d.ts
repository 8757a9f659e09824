// Types alone, the package's own; never served.
export * from "lit-html/directive.js";
