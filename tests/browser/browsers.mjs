/**
 * Starts the stock browsers of the machine with WebGPU on a software adapter.
 *
 * Chromium is driven by CDP and Firefox by WebDriver BiDi, both through
 * puppeteer-core, which brings no browser of its own.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import puppeteer from "puppeteer-core";

/** One GPU process start plus a first shader compile on a busy two-core machine. */
const LAUNCH_TIMEOUT = 120_000;

const PROFILES = {
  chromium: {
    browser: "chrome",
    executables: ["chromium", "chromium-browser", "google-chrome"],
    override: "CHROMIUM",
    options: {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        // Without these two the adapter is null on a machine without a GPU.
        "--enable-unsafe-webgpu",
        "--use-webgpu-adapter=swiftshader",
      ],
    },
  },
  firefox: {
    browser: "firefox",
    executables: ["firefox-esr", "firefox"],
    override: "FIREFOX",
    options: {
      extraPrefsFirefox: {
        "dom.webgpu.enabled": true,
        "dom.webgpu.workers.enabled": true,
        // Software Vulkan is on Firefox's block list.
        "gfx.webgpu.ignore-blocklist": true,
      },
    },
  },
};

/** Browsers under test: all of them, or those named in UNMASK_BROWSERS ("chromium,firefox"). */
export const BROWSERS = (process.env.UNMASK_BROWSERS ?? "chromium,firefox").split(",");

/**
 * Starts a browser.
 * @param {"chromium" | "firefox"} name
 * @param {import("puppeteer-core").LaunchOptions} [options] beside the usual ones
 * @returns {Promise<import("puppeteer-core").Browser>} to be closed by the caller
 * @throws when the browser is not installed: a test never skips silently
 */
export async function launch(name, options = {}) {
  const profile = PROFILES[name];
  if (!profile) throw new Error(`unknown browser "${name}"; known: ${Object.keys(PROFILES)}`);
  return puppeteer.launch({
    browser: profile.browser,
    executablePath: executable(name),
    headless: true,
    timeout: LAUNCH_TIMEOUT,
    protocolTimeout: 15 * 60_000,
    ...profile.options,
    ...options,
  });
}

/**
 * Registers the same test once for every browser under test, with an open page.
 * What the page writes to its console, and its errors, go to the test's diagnostics.
 * @param {string} title
 * @param {(t: { page: import("puppeteer-core").Page, browser: import("puppeteer-core").Browser,
 *   name: string, test: import("node:test").TestContext }) => Promise<void>} body
 * @param {{ timeout?: number, only?: readonly string[] }} [options] limit in milliseconds, five minutes by default; the
 *   browsers that can do what the test needs
 */
export function eachBrowser(title, body, { timeout = 5 * 60_000, only = BROWSERS } = {}) {
  for (const name of BROWSERS.filter((name) => only.includes(name))) {
    test(`${title} [${name}]`, { timeout }, async (context) => {
      const browser = await launch(name);
      try {
        const page = await browser.newPage();
        page.setDefaultTimeout(timeout);
        page.on("console", (message) => context.diagnostic(`${name}: ${message.text()}`));
        page.on("pageerror", (error) => context.diagnostic(`${name}: ${error.stack ?? error}`));
        await body({ page, browser, name, test: context });
      } finally {
        await browser.close();
      }
    });
  }
}

/** Path of a browser's program. */
export function executable(name) {
  const { executables, override } = PROFILES[name];
  if (process.env[override]) return process.env[override];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const file of executables) {
      if (isExecutable(join(folder, file))) return join(folder, file);
    }
  }
  throw new Error(
    `${name} not found (${executables.join(", ")}): run \`cargo xtask setup\` or set ${override}`,
  );
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
