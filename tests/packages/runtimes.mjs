/**
 * The packed package in Deno, in Bun, and in Node on a GPU, against what every executor gives. By hand, after
 * `cargo xtask build`: `node tests/packages/runtimes.mjs`. Programs are those of the PATH, or `DENO` and `BUN`; the npm
 * package `webgpu` is fetched, which is why this is no test of the suite: it brings 130 MB.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "../browser/server.mjs";

const WEBGPU = "webgpu@0.6.2";
const GOLDEN = join(REPOSITORY, "tests/golden/generation");
const ASKED = [join(REPOSITORY, "models/tiny"), join(GOLDEN, "request.json")];

const run = async (program, args, cwd) => (await promisify(execFile)(program, args, { cwd, maxBuffer: 1 << 26 })).stdout;

const folder = mkdtempSync(join(tmpdir(), "unmask-runtimes-"));
await run("npm", ["pack", "--pack-destination", folder], join(REPOSITORY, "npm"));
const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")));
cpSync(join(REPOSITORY, "tests/packages/node"), folder, { recursive: true });
await run("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", tarball, WEBGPU], folder);

const expected = JSON.parse(readFileSync(join(GOLDEN, "expected.json"), "utf8"));
for (const [name, program, ...args] of [
  ["Deno", process.env.DENO ?? "deno", "run", "--allow-all", "main.js"],
  ["Bun", process.env.BUN ?? "bun", "main.js"],
  ["Node with webgpu", "node", "webgpu.js"],
]) {
  const { ids, text, device, inWorker } = JSON.parse(await run(program, [...args, ...ASKED], folder));
  assert.deepEqual({ ids, text }, expected, name);
  console.log(`${name}: ${device.kind} ${device.adapter}, in a worker: ${inWorker}; ${device.reason}`);
}
rmSync(folder, { recursive: true });
