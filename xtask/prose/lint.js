// Lints the sentences of documents and comments. Arguments: patterns of the files, as `git ls-files` takes them.
// Prints each finding with its file and line, and ends with 1 if there are any.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import { TextlintKernel } from "@textlint/kernel";
import markdown from "@textlint/textlint-plugin-markdown";
import prh from "textlint-rule-prh";

import { comments } from "./comments.js";

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const exceptions = JSON.parse(readFileSync(beside("exceptions.json"), "utf8"));

/** The rule, whether the package was compiled for ES modules or for CommonJS. */
const moduleOf = (imported) => imported.default ?? imported;

const kernel = new TextlintKernel();
const options = {
  ext: ".md",
  plugins: [{ pluginId: "markdown", plugin: moduleOf(markdown) }],
  rules: [{ ruleId: "prh", rule: moduleOf(prh), options: { rulePaths: [beside("rules.yml")] } }],
};

const files = execFileSync("git", ["ls-files", ...process.argv.slice(2)], { encoding: "utf8" }).split("\n").filter(Boolean);
let findings = 0;
for (const file of files) {
  const source = readFileSync(file, "utf8");
  const text = extname(file) === ".md" ? source : comments(source);
  const { messages } = await kernel.lintText(text, { ...options, filePath: file });
  const lines = text.split("\n");
  for (const { line, message } of messages) {
    const sentence = lines[line - 1].trim();
    if (exceptions.some((exception) => exception.file === file && sentence.includes(exception.text))) continue;
    console.log(`${file}:${line}: ${message}\n    ${sentence}`);
    findings += 1;
  }
}
if (findings > 0) console.log(`${findings} findings`);
process.exitCode = findings > 0 ? 1 : 0;
