import type { Capabilities } from "unmask";
import { expect, it } from "vitest";
import { whatIsMissing } from "../demo/missing.ts";

const none: Capabilities = {
  webgpu: false,
  adapter: "",
  backend: "",
  f16: false,
  subgroups: false,
  limits: {},
  threads: 1,
  reason: "No adapter.",
};
const chrome = "Mozilla/5.0 Chrome/150.0.0.0 Safari/537.36";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

it("names the first piece that is missing", () => {
  expect(whatIsMissing(none, { secure: false, gpu: false, userAgent: chrome }).piece).toBe("secure context");
  expect(whatIsMissing(none, { secure: true, gpu: false, userAgent: chrome }).piece).toBe("browser");
  expect(whatIsMissing(none, { secure: true, gpu: true, userAgent: chrome }).piece).toBe("adapter");
});

it("names the settings of the browser at hand", () => {
  expect(whatIsMissing(none, { secure: true, gpu: false, userAgent: firefox }).remedy).toContain(
    "dom.webgpu.enabled",
  );
  expect(whatIsMissing(none, { secure: true, gpu: true, userAgent: chrome }).remedy).toContain(
    "chrome://gpu",
  );
  expect(whatIsMissing(none, { secure: true, gpu: true, userAgent: chrome }).remedy).toContain("No adapter.");
});
