/** The rig itself: each browser computes on a real WebGPU device, on the page and in a worker. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { serve } from "./server.mjs";

let server;
before(async () => {
  server = await serve("tests/browser/pages");
});
after(() => server.close());

eachBrowser("computes with WebGPU", async ({ page, name, test }) => {
  await page.goto(`${server.url}/webgpu.html`);
  await page.waitForFunction("globalThis.ready");
  for (const place of ["onPage", "inWorker"]) {
    const { adapter, features, wrong } = await page.evaluate(`${place}()`);
    test.diagnostic(`${name} ${place}: adapter "${adapter}", features ${features.sort().join(" ")}`);
    assert.equal(wrong, 0, `${wrong} values computed wrongly ${place}`);
  }
});

test("the server answers byte ranges", async () => {
  const get = (range) => fetch(`${server.url}/webgpu.mjs`, { headers: range ? { range } : {} });
  const bytes = async (response) => Buffer.from(await response.arrayBuffer());
  const whole = await bytes(await get());
  const middle = await get("bytes=3-9");
  assert.equal(middle.status, 206);
  assert.equal(middle.headers.get("content-range"), `bytes 3-9/${whole.length}`);
  assert.deepEqual(await bytes(middle), whole.subarray(3, 10));
  assert.deepEqual(await bytes(await get("bytes=-5")), whole.subarray(-5));
  assert.equal((await get(`bytes=${whole.length}-`)).status, 416);
});

test("the server stays inside its folder and can misbehave", async (context) => {
  assert.equal((await fetch(`${server.url}/..%2frig.test.mjs`)).status, 404);
  const flaky = await serve("tests/browser/pages", {
    intercept: (request, response) => {
      if (request.url !== "/webgpu.mjs") return false;
      response.destroy();
      return true;
    },
  });
  context.after(() => flaky.close());
  await assert.rejects(fetch(`${flaky.url}/webgpu.mjs`));
  assert.equal((await fetch(`${flaky.url}/webgpu.html`)).status, 200);
  assert.deepEqual(flaky.requests.map(({ path }) => path), ["/webgpu.mjs", "/webgpu.html"]);
});
