// Code that asks for what the form asks for: each runs as it stands, saves the pictures to files and says so. Pure.

import { forApi } from "./settings.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {string | number | boolean | null} Value */
/** @typedef {"curl" | "python" | "javascript" | "sdk"} Language */
/** @typedef {{id: Language, title: string, needs: string, code: string}} Snippet */
/** @typedef {Record<string, Value>} Values */
/** @typedef {{origin: string, model: string, key: string | null, body: Values, base64: boolean}} Asked */

// What no reader would see in the code, or would see in another order than it runs: as escapes it is plain.
// U+200C and U+200D stay as they are, since Persian and composed emoji are written with them.
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * The same request as code. The key is read from the environment's API_KEY unless it is to be shown; with `base64` the
 * pictures come inside the answer.
 * @param {Settings} settings
 * @param {{origin: string, model: string, keyShown: string | null, base64?: boolean}} options
 * @returns {Snippet[]}
 */
export function snippets(settings, { origin, model, keyShown, base64 = false }) {
  const body = /** @type {Values} */ ({ ...forApi(settings), ...(base64 ? { base64 } : {}) });
  const asked = { origin, model, key: keyShown, body, base64 };
  return [
    { id: "curl", title: "curl", needs: "curl, and a shell such as bash or zsh", code: curl(asked) },
    { id: "python", title: "Python", needs: "pip install requests", code: python(asked) },
    { id: "javascript", title: "JavaScript", needs: "Node 20 or newer; save it as sasha.mjs", code: javascript(asked) },
    { id: "sdk", title: "Segmind SDK", needs: "pip install segmind", code: sdk(asked) },
  ];
}

/** @param {Asked} asked */
function curl({ origin, model, key, body, base64 }) {
  // Within JSON an apostrophe may be escaped too, and then none ends the shell's quotes.
  const json = `{\n${members(body, (name) => `  ${text(name)}: `, literal)}\n}`.replaceAll("'", "\\u0027");
  const header = key === null ? '"x-api-key: $API_KEY"' : shellQuoted(`x-api-key: ${key}`);
  // No comments: zsh takes them for commands when they are pasted. Unless all pictures came, the answer says why.
  return `settings='${json}'
answer=$(curl -sS ${shellQuoted(`${origin}/v1/${encodeURIComponent(model)}`)} \\
  -H ${header} -H "Content-Type: application/json" -d "$settings")

case $answer in
  *'"status": "COMPLETED"'*'"failures": []'*) ;;
  *) printf '%s\\n' "$answer" ;;
esac

${base64 ? CURL_DECODES : CURL_FETCHES}
`;
}

// Each picture's name follows its URL.
const CURL_FETCHES = `printf '%s\\n' "$answer" | grep -oE '"(url|file_name)": "[^"]*"' | cut -d '"' -f 4 |
  while read -r url && read -r file; do
    curl -sS "$url" -o "$file" && echo "Saved $file"
  done`;

// A large answer leaves some pictures out, and has a warning that says so.
const CURL_DECODES = `printf '%s\\n' "$answer" | grep -oE '"warnings": \\["[^]]*\\]'
printf '%s\\n' "$answer" | grep -oE '"(file_name|base64)": "[^"]*"' |
  while IFS='"' read -r _ name _ value _; do
    if [ "$name" = file_name ]; then file=$value; continue; fi
    printf '%s' "$value" | base64 --decode > "$file" && echo "Saved $file"
  done`;

/** @param {Asked} asked */
function python({ origin, model, key, body, base64 }) {
  const fetched = `picture = requests.get(image["url"], timeout=60)
    picture.raise_for_status()
    Path(image["file_name"]).write_bytes(picture.content)`;
  const decoded = `if "base64" in image:
        picture = base64.b64decode(image["base64"])
    else:  # a large answer leaves some out
        picture = requests.get(image["url"], timeout=60).content
    Path(image["file_name"]).write_bytes(picture)`;
  return `${base64 ? "import base64\n" : ""}${key === null ? "import os\n" : ""}import time
import uuid
from pathlib import Path

import requests

API = ${text(origin)}
KEY = {"x-api-key": ${key === null ? 'os.environ["API_KEY"]' : text(key)}}

settings = {
${members(body, (name) => `    ${text(name)}: `, pythonLiteral)},
}
# Sent again with the same Idempotency-Key it is the same request, not a second one.
headers = {**KEY, "Prefer": "wait=25", "Idempotency-Key": str(uuid.uuid4())}

result = requests.post(f"{API}/v2/${encodeURIComponent(model)}", json=settings, headers=headers, timeout=60).json()
while result.get("status") in ("QUEUED", "PROCESSING"):
    time.sleep(1)
    result = requests.get(f"{API}/v2/requests/{result['request_id']}", headers=KEY, timeout=60).json()
if result.get("status") != "COMPLETED":
    raise SystemExit(result.get("error") or result)

for image in result["images"]:
    ${base64 ? decoded : fetched}
    print("Saved", image["file_name"])
for failure in result["failures"]:
    print("One failed, and is not charged:", failure["detail"])
`;
}

/** @param {Asked} asked */
function javascript({ origin, model, key, body, base64 }) {
  const fetched = `const picture = await fetch(image.url);
  if (!picture.ok) throw new Error(\`\${image.file_name}: \${picture.status}\`);
  await writeFile(image.file_name, Buffer.from(await picture.arrayBuffer()));`;
  const decoded = `// A large answer leaves some out.
  const picture = image.base64
    ? Buffer.from(image.base64, "base64")
    : Buffer.from(await (await fetch(image.url)).arrayBuffer());
  await writeFile(image.file_name, picture);`;
  return `import { writeFile } from "node:fs/promises";

const api = ${text(origin)};
const key = { "x-api-key": ${key === null ? "process.env.API_KEY" : text(key)} };

const settings = {
${members(body, (name) => `  ${name}: `, literal)},
};
// Sent again with the same Idempotency-Key it is the same request, not a second one.
const more = { "Content-Type": "application/json", Prefer: "wait=25", "Idempotency-Key": crypto.randomUUID() };

let response = await fetch(\`\${api}/v2/${encodeURIComponent(model)}\`, {
  method: "POST",
  headers: { ...key, ...more },
  body: JSON.stringify(settings),
});
let result = await response.json();
while (result.status === "QUEUED" || result.status === "PROCESSING") {
  await new Promise((resume) => setTimeout(resume, 1000));
  response = await fetch(\`\${api}/v2/requests/\${result.request_id}\`, { headers: key });
  result = await response.json();
}
if (result.status !== "COMPLETED") {
  console.error(result.error ?? result);
  process.exit(1);
}

for (const image of result.images) {
  ${base64 ? decoded : fetched}
  console.log("Saved", image.file_name);
}
for (const failure of result.failures) console.log("One failed, and is not charged:", failure.detail);
`;
}

/** @param {Asked} asked */
function sdk({ origin, model, key, body, base64 }) {
  const fetched = `with urlopen(image["url"], timeout=60) as picture:
        Path(image["file_name"]).write_bytes(picture.read())`;
  const decoded = `if "base64" in image:
        picture = b64decode(image["base64"])
    else:  # a large answer leaves some out
        picture = urlopen(image["url"], timeout=60).read()
    Path(image["file_name"]).write_bytes(picture)`;
  return `${key === null ? "import os\n" : ""}${base64 ? "from base64 import b64decode\n" : ""}from pathlib import Path
from urllib.request import urlopen

from segmind import SegmindClient
from segmind.exceptions import SegmindError

# The base_url must end in /v1.
client = SegmindClient(api_key=${key === null ? 'os.environ["API_KEY"]' : text(key)}, base_url=${text(`${origin}/v1`)})
try:
    result = client.run(
        ${text(model)},
${members(body, (name) => `        ${name}=`, pythonLiteral)},
    )
except SegmindError as error:
    raise SystemExit(error.detail)

for image in result["images"]:
    ${base64 ? decoded : fetched}
    print("Saved", image["file_name"])
for failure in result["failures"]:
    print("One failed, and is not charged:", failure["detail"])
`;
}

/**
 * One line per parameter.
 * @param {Values} body @param {(name: string) => string} before @param {(value: Value) => string} written
 */
function members(body, before, written) {
  return Object.entries(body)
    .map(([name, value]) => before(name) + written(value))
    .join(",\n");
}

/** A string as JSON, JavaScript and Python alike read it. @param {string} value */
function text(value) {
  const escape = (/** @type {string} */ unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value.toWellFormed()).replace(UNSEEN, escape);
}

/** As JSON and JavaScript read it. @param {Value} value */
function literal(value) {
  return typeof value === "string" ? text(value) : JSON.stringify(value);
}

/** @param {Value} value */
function pythonLiteral(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return literal(value);
}

/** @param {string} value */
function shellQuoted(value) {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
