// Generates the dashboard's types of the collector's API from the OpenAPI document on standard input.
// With --check it writes nothing, and fails if the file is not what would be generated.

import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

import openapiTS, { astToString } from "openapi-typescript";

const TARGET = new URL("../src/collector/openapi.ts", import.meta.url);
const HEADER = "// Generated from the OpenAPI document of the collector by `cargo xtask openapi`. Do not edit it.\n\n";

const document = composed(JSON.parse(await text(process.stdin)));
dropRefusals(document);
const options = { alphabetize: true, rootTypes: true, rootTypesNoSchemaPrefix: true };
const generated = HEADER + astToString(await openapiTS(document, options));

if (!process.argv.includes("--check")) {
  await writeFile(TARGET, generated);
} else if ((await readFile(TARGET, "utf8").catch(() => "")) !== generated) {
  console.error(
    "collector/dashboard/src/collector/openapi.ts is not what the OpenAPI document says: run `cargo xtask openapi`",
  );
  process.exitCode = 1;
}

/** A schema that has both a reference and properties holds both, which the generator reads only as `allOf`. */
function composed(value) {
  if (Array.isArray(value)) return value.map(composed);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, composed(part)]));
  if (copy.$ref === undefined || copy.properties === undefined) return copy;
  const { $ref, description, ...own } = copy;
  return { description, allOf: [{ $ref }, own] };
}

/** The dashboard reads the code and the message of a refusal, and shows them as they are. */
function dropRefusals({ paths }) {
  for (const { responses } of Object.values(paths).flatMap(Object.values)) {
    for (const status of Object.keys(responses)) {
      if (Number(status) >= 400) delete responses[status];
    }
  }
}
