/** The packed package, installed into fresh projects of every kind, generates there what every executor gives. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { launch } from "../browser/browsers.mjs";
import { ISOLATION, REPOSITORY, serve } from "../browser/server.mjs";

const HERE = join(REPOSITORY, "tests/packages");
const GOLDEN = join(REPOSITORY, "tests/golden/generation");
const MODEL = join(REPOSITORY, "models/tiny");
const expected = JSON.parse(readFileSync(join(GOLDEN, "expected.json"), "utf8"));

/** All that a page needs of its content security policy. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

let folder;
let tarball;
let browser;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "unmask-packages-"));
  await run("npm", ["pack", "--pack-destination", folder], join(REPOSITORY, "npm"));
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")));
  browser = await launch("chromium");
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(program, args, cwd) {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")} failed:\n${error.stdout}\n${error.stderr}`);
  }
}

/** A fresh copy of a project with its locked dependencies and the package. */
async function project(name) {
  const copy = join(folder, name);
  cpSync(join(HERE, name), copy, { recursive: true });
  copyFileSync(join(HERE, "app.js"), join(copy, "app.js"));
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  if (readdirSync(copy).includes("package-lock.json")) await run("npm", ["ci", ...quiet], copy);
  await run("npm", ["install", "--no-save", ...quiet, tarball], copy);
  return copy;
}

/** What the page of `root` leaves behind, under the policy unless another is given. */
async function outcomeOf(root, context, { policy = POLICY, page: path = "/", mounts = {}, isolated = false } = {}) {
  const server = await serve(
    { "/": root, "/models/tiny/": MODEL, "/request.json": join(GOLDEN, "request.json"), ...mounts },
    { headers: { ...(policy && { "content-security-policy": policy }), ...(isolated && ISOLATION) } },
  );
  const page = await browser.newPage();
  page.on("console", (message) => context.diagnostic(message.text()));
  page.on("pageerror", (error) => context.diagnostic(String(error)));
  try {
    await page.goto(`${server.url}${path}`);
    await page.waitForFunction("globalThis.outcome");
    return await page.evaluate("outcome");
  } finally {
    await page.close();
    await server.close();
  }
}

function assertGenerated({ ids, text, ...rest }) {
  assert.deepEqual({ ids, text }, expected, JSON.stringify(rest));
}

/** What the page leaves behind, the same where it is isolated and where it is not, but for the threads. */
async function outcomeOfBoth(root, context, options) {
  let outcome;
  for (const isolated of [false, true]) {
    outcome = await outcomeOf(root, context, { ...options, isolated });
    assertGenerated(outcome);
    assert.deepEqual([outcome.inWorker, outcome.threads], [true, isolated ? 2 : 1]);
  }
  return outcome;
}

for (const name of ["vite", "webpack"]) {
  test(`a project of ${name} bundles worker and wasm`, async (context) => {
    const copy = await project(name);
    await run("npm", ["run", "build"], copy);
    const { filled } = await outcomeOfBoth(join(copy, "dist"), context);
    assert.match(filled, /^Once.+ a time/);
  });
}

test("a project of Next.js bundles worker and wasm", async (context) => {
  const copy = await project("next");
  await run("npm", ["run", "build"], copy);
  // Next writes inline scripts into its pages, which a policy would have to name one by one.
  await outcomeOfBoth(join(copy, "dist"), context, { policy: "" });
});

test("a page without a bundler imports the package, or one file of it from another origin", async (context) => {
  const copy = await project("plain");
  // An import map is an inline script, which the policy would have to name.
  await outcomeOfBoth(copy, context, { policy: "" });

  const cdn = await serve({ "/unmask@0/": join(copy, "node_modules/unmask") }, {
    headers: { "access-control-allow-origin": "*" },
  });
  context.after(() => cdn.close());
  const page = readFileSync(join(copy, "single-file.html"), "utf8").replace("CDN", cdn.url);
  writeFileSync(join(copy, "single-file.html"), page);
  const single = await outcomeOf(copy, context, { policy: "", page: "/single-file.html" });
  assertGenerated(single);
  assert.equal(single.inWorker, true);
  const paths = new Set(cdn.requests.map(({ path }) => path));
  assert.deepEqual([...paths], ["/unmask@0/dist/unmask.min.js", "/unmask@0/wasm/unmask_wasm_bg.wasm"]);
  const shared = await outcomeOf(copy, context, { policy: "", page: "/single-file.html", isolated: true });
  assertGenerated(shared);
  assert.equal(shared.threads, 2);
});

test("Node generates from a folder, on the CPU", async () => {
  const copy = await project("node");
  const safe = ["--disallow-code-generation-from-strings"];
  const outcome = JSON.parse(await run("node", [...safe, "main.js", MODEL, join(GOLDEN, "request.json")], copy));
  assertGenerated(outcome);
  assert.equal(outcome.inWorker, false);
  assert.deepEqual([outcome.device.kind, /navigator\.gpu/.test(outcome.device.reason)], ["cpu", true]);
  const counts = JSON.parse(await run("node", ["imports.js"], copy));
  assert.ok(counts.every((count) => count >= 5), String(counts));
});
