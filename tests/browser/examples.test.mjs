/** Every example of the cookbook runs, and the cookbook shows what runs. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import { eachBrowser } from "./browsers.mjs";
import { REPOSITORY, serve } from "./server.mjs";

const EXAMPLES = join(REPOSITORY, "npm/examples");

let server;
let offline;
let down = false;
before(async () => {
  const bundle = await bundleReact();
  server = await serve(
    { "/": "tests/browser/pages", "/npm/": "npm", "/models/": "models" },
    {
      intercept: ({ url }, response) => {
        if (url !== "/react.js") return false;
        response.writeHead(200, { "content-type": "text/javascript" }).end(bundle);
        return true;
      },
    },
  );
  offline = await serve(
    { "/": "npm/examples/offline", "/unmask/": "npm", "/model/": "models/tiny" },
    { intercept: (_, response) => down && Boolean(response.destroy()) },
  );
});
after(() => Promise.all([server.close(), offline.close()]));

/** The component with React itself, and a function that shows it. */
async function bundleReact() {
  const contents = `
    import { createRoot } from "react-dom/client";
    import { Story } from "./streaming.jsx";
    export const show = (root, props) => createRoot(root).render(<Story {...props} />);`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: EXAMPLES, loader: "jsx" },
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["unmask"],
    write: false,
  });
  return outputFiles[0].text;
}

const open = async (page) => {
  await page.goto(`${server.url}/examples.html`);
  await page.waitForFunction("globalThis.ready");
};

eachBrowser("streaming to React shows tokens as they come", async ({ page }) => {
  await open(page);
  const { seen, text, direct } = await page.evaluate(async () => {
    const { show } = await import("/react.js");
    const options = { length: 12, select: "even", steps: 6 };
    const props = { model: await model(), prompt: "Once", options };
    const root = element("div");
    const seen = new Set();
    const done = new Promise((resolve) => {
      new MutationObserver(() => {
        seen.add(root.querySelectorAll("mark").length);
        if (root.querySelector('p[aria-busy="false"]')) resolve();
      }).observe(root, { subtree: true, childList: true, attributes: true });
    });
    show(root, props);
    await done;
    const direct = await props.model.generate("Once", options).result();
    return { seen: [...seen], text: root.textContent, direct: direct.pieces.join("") };
  });
  assert.ok(seen.length > 2, `masks left: ${seen}`);
  assert.equal(text, `Once${direct}`);
});

eachBrowser("the form filler writes behind every label", async ({ page }) => {
  await open(page);
  const values = await page.evaluate(async () => {
    const { fillForm } = await example("form-filler.js");
    return fillForm(await model(), "Tom is a small dog.", { Name: 2, Animal: 1, Size: 2 });
  });
  assert.deepEqual(Object.keys(values), ["Name", "Animal", "Size"]);
  for (const value of Object.values(values)) assert.ok(!value.includes(":"), JSON.stringify(values));
});

eachBrowser("autocomplete writes at the cursor and keeps both sides", async ({ page }) => {
  await open(page);
  const { value, suggestion, selected } = await page.evaluate(async () => {
    const { completeAtCursor } = await example("autocomplete.js");
    const field = element("textarea");
    field.value = "Once upon a time. The end.";
    field.setSelectionRange(16, 16);
    const suggestion = await completeAtCursor(await model(), field, 6);
    const { value, selectionStart, selectionEnd } = field;
    return { value, suggestion, selected: value.slice(selectionStart, selectionEnd) };
  });
  assert.ok(suggestion.length > 3, suggestion);
  assert.equal(selected, suggestion);
  assert.equal(value, `Once upon a time${suggestion}. The end.`);
});

eachBrowser("the JSON template gives an object", async ({ page }) => {
  await open(page);
  const animal = await page.evaluate(async () => {
    const { describeAnimal } = await example("json-template.js");
    return describeAnimal(await model(), "cat", { attempts: 40 });
  });
  assert.deepEqual(Object.keys(animal ?? {}), ["animal", "colour", "legs"]);
  assert.equal(animal.animal, "cat");
});

eachBrowser("a conversation remembers, and forgets what failed", async ({ page }) => {
  await open(page);
  const { answers, roles } = await page.evaluate(async () => {
    const { Conversation } = await example("chat.js");
    const conversation = new Conversation(await model(), { length: 8 });
    const answers = [await conversation.ask("12 + 7 = ?")];
    await conversation.ask("never", { signal: AbortSignal.abort() }).catch(() => {});
    answers.push(await conversation.ask("And 3 + 4 = ?"));
    return { answers, roles: conversation.messages.map(({ role }) => role) };
  });
  assert.match(answers[0], /\d/);
  assert.deepEqual(roles, ["user", "assistant", "user", "assistant"]);
});

eachBrowser("methods are compared in a table", async ({ page }) => {
  await open(page);
  const rows = await page.evaluate(async () => {
    const { compareMethods } = await example("compare-methods.js");
    return compareMethods(await model(), "Once upon a time", { length: 8, names: ["even", "threshold"] });
  });
  assert.deepEqual(rows.map(({ name }) => name).sort(), ["even", "threshold"]);
  assert.ok(rows[0].forwards <= rows[1].forwards && rows.every(({ perToken }) => perToken < 0));
});

eachBrowser("the progress bar becomes full", async ({ page }) => {
  await open(page);
  const { value, max, lines } = await page.evaluate(async () => {
    const { loadWithProgress } = await example("progress-bar.js");
    const [bar, list] = [element("progress"), element("ul")];
    await (await loadWithProgress("/models/tiny/", bar, list, { device: "cpu" })).dispose();
    return { value: bar.value, max: bar.max, lines: [...list.children].map(({ textContent }) => textContent) };
  });
  assert.ok(value > 1e6 && value === max, `${value} of ${max}`);
  assert.ok(lines.some((line) => line.startsWith("model.safetensors: 11.0 MB of 11.0 MB")), lines.join("\n"));
});

eachBrowser("a button stops a generation", async ({ page }) => {
  await open(page);
  const { stopped, shown, finished } = await page.evaluate(async () => {
    const { generateUntilStopped } = await example("cancel.js");
    const [button, output] = [element("button"), element("output")];
    const press = new MutationObserver(() => output.textContent.includes("▒") && button.click());
    press.observe(output, { childList: true });
    const stopped = await generateUntilStopped(await model(), "Once", 200, button, output);
    press.disconnect();
    const shown = output.textContent;
    const finished = await generateUntilStopped(await model(), "Once", 4, button, output);
    return { stopped, shown, finished };
  });
  assert.equal(stopped, null);
  assert.ok(shown.includes("▒"), "it did not come to its end");
  assert.equal(typeof finished, "string");
});

eachBrowser("the offline app works without its server", async ({ page }) => {
  down = false;
  const started = async (path = "/") => {
    await page.goto(`${offline.url}${path}`);
    await page.waitForFunction("globalThis.started");
    return page.evaluate("started");
  };
  const first = await started();
  // The page's own scripts came before the service worker was there to keep them.
  await started();
  down = true;
  assert.equal(await started(), first);
  down = false;
});

test("the script for Node prints a story", async () => {
  const script = [join(EXAMPLES, "node-script.mjs"), join(REPOSITORY, "models/tiny"), "Once upon a time"];
  const { stdout, stderr } = await promisify(execFile)("node", script);
  assert.match(stdout, /^Once upon a time.{20}/s);
  assert.match(stderr, /^\d+ forwards on cpu/);
});

test("the cookbook shows every example as it is", () => {
  const cookbook = readFileSync(join(REPOSITORY, "docs/cookbook.md"), "utf8");
  const files = readdirSync(EXAMPLES, { recursive: true }).filter((name) => /\.\w+$/.test(name));
  assert.ok(files.length >= 10);
  for (const file of files) {
    const code = readFileSync(join(EXAMPLES, file), "utf8");
    assert.ok(cookbook.includes(`\n${code}\`\`\``), `docs/cookbook.md shows npm/examples/${file} as it is: node npm/scripts/cookbook.mjs`);
  }
});
