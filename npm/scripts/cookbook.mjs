/** Puts the examples into docs/cookbook.md: each block of code below a link to its file is replaced by the file. */
import { readFileSync, writeFileSync } from "node:fs";

const cookbook = new URL("../../docs/cookbook.md", import.meta.url);
const text = readFileSync(cookbook, "utf8");
const block = /(\[npm\/examples\/([\w./-]+)\]\([^)]*\)\n\n```\w+\n)[\s\S]*?(```)/g;
const updated = text.replace(block, (_, head, file, end) => {
  return head + readFileSync(new URL(`../examples/${file}`, import.meta.url), "utf8") + end;
});
writeFileSync(cookbook, updated);
