import { expect, it } from "vitest";
import { defaultOptions, toGenerateOptions } from "../../demo/state/options.ts";

it("sends the threshold or the steps, whichever the choice of commits needs", () => {
  expect(toGenerateOptions({ ...defaultOptions, select: "threshold" }, 64)).not.toHaveProperty("steps");
  expect(toGenerateOptions({ ...defaultOptions, select: "even" }, 64)).not.toHaveProperty("threshold");
});

it("never asks for more steps than masks, nor for none", () => {
  expect(toGenerateOptions({ ...defaultOptions, select: "even", steps: 16 }, 5).steps).toBe(5);
  expect(toGenerateOptions({ ...defaultOptions, select: "even", steps: 16 }, 0).steps).toBe(1);
});

it("leaves the block out when the whole canvas is one", () => {
  expect(toGenerateOptions({ ...defaultOptions, block: 0 }, 8)).not.toHaveProperty("block");
});
