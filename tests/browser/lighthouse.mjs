/**
 * Lighthouse's scores of the built site, its first paint and the bytes of its scripts, as a table. By hand, after `cargo xtask build`, with a network for `npx`:
 * `node tests/browser/lighthouse.mjs`. No dependency of the repository, because it brings 200 packages.
 * Fails where accessibility or best practices are below 95.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { executable } from "./browsers.mjs";
import { serve } from "./server.mjs";

const LIGHTHOUSE = process.env.LIGHTHOUSE?.split(" ") ?? ["npx", "--yes", "lighthouse@12.8.2"];
const LEAST = 95;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

const site = await serve(process.argv[2] ?? "web/dist");
const folder = mkdtempSync(join(tmpdir(), "unmask-lighthouse-"));
let failed = false;
console.log(`| page | form | ${CATEGORIES.join(" | ")} | first paint | scripts |\n|${"---|".repeat(CATEGORIES.length + 4)}`);
for (const page of ["", "demo/"]) {
  for (const form of ["mobile", "desktop"]) {
    const { scores, paint, scripts } = await measure(`${site.url}/${page}`, form);
    failed ||= scores.slice(1, 3).some((score) => score < LEAST);
    console.log(`| \`/${page}\` | ${form} | ${scores.join(" | ")} | ${paint} | ${scripts} |`);
  }
}
await site.close();
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;

/** The scores of one page, 0 to 100, in the order of the categories; when it paints first, and what its scripts weigh. */
async function measure(url, form) {
  const report = join(folder, "report.json");
  const [program, ...args] = LIGHTHOUSE;
  const options = [url, "--quiet", "--output=json", `--output-path=${report}`, "--chrome-flags=--headless=new --no-sandbox"];
  if (form === "desktop") options.push("--preset=desktop");
  const env = { ...process.env, CHROME_PATH: executable("chromium") };
  // Not the form that waits: this process serves the page.
  await promisify(execFile)(program, [...args, ...options], { env });
  const { categories, audits } = JSON.parse(readFileSync(report, "utf8"));
  const requests = audits["network-requests"].details.items.filter(({ resourceType }) => resourceType === "Script");
  const bytes = requests.reduce((sum, { transferSize }) => sum + transferSize, 0);
  return {
    scores: CATEGORIES.map((name) => Math.round(categories[name].score * 100)),
    paint: `${(audits["first-contentful-paint"].numericValue / 1000).toFixed(1)} s`,
    scripts: `${Math.round(bytes / 1000)} kB`,
  };
}
