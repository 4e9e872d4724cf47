import { select } from "unmask/catalog";
import { describe, expect, it } from "vitest";
import {
  chosen,
  choicesOf,
  infoOf,
  presetOf,
  presets,
  summaryOf,
  valueOf,
  withValue,
} from "../../demo/state/methods.ts";
import { defaultOptions, toGenerateOptions } from "../../demo/state/options.ts";

describe("toGenerateOptions", () => {
  it("sends the four choices with what is set", () => {
    const options = { ...defaultOptions, select: withValue(chosen("localleap"), "radius", 2) };
    expect(toGenerateOptions(options, 64)).toMatchObject({
      select: { method: "localleap", radius: 2 },
      revise: { method: "none" },
      structure: { method: "blocks" },
      exit: { method: "eos" },
    });
  });

  it("never asks for more steps than masks, nor for none", () => {
    const options = { ...defaultOptions, select: withValue(chosen("even"), "steps", 16) };
    expect(toGenerateOptions(options, 5).select).toEqual({ method: "even", steps: 5 });
    expect(toGenerateOptions(options, 0).select).toEqual({ method: "even", steps: 1 });
  });

  it("leaves the block out when the whole canvas is one", () => {
    expect(toGenerateOptions({ ...defaultOptions, block: 0 }, 8)).not.toHaveProperty("block");
  });
});

describe("a choice", () => {
  const parameter = (method: string, name: string) => {
    const found = infoOf("select", chosen(method)).parameters.find((parameter) => parameter.name === name);
    if (found === undefined) throw new Error(name);
    return found;
  };

  it("has its defaults until something is set, and again when it is emptied", () => {
    const threshold = parameter("threshold", "threshold");
    const set = withValue(chosen("threshold"), "threshold", 0.5);
    expect(valueOf(chosen("threshold"), threshold)).toBe(0.9);
    expect(valueOf(set, threshold)).toBe(0.5);
    expect(withValue(set, "threshold", null)).toEqual(chosen("threshold"));
    expect(valueOf(chosen("even"), parameter("even", "steps"))).toBeNull();
  });

  it("is told in a few characters", () => {
    expect(summaryOf("select", chosen("threshold"))).toBe("threshold 0.9");
    expect(summaryOf("select", withValue(chosen("even"), "steps", 6))).toBe("even, steps 6");
  });

  it("must name a method of the catalog", () => {
    expect(() => infoOf("revise", chosen("nothing"))).toThrow("nothing");
    for (const { name } of select) expect(infoOf("select", chosen(name)).name).toBe(name);
  });
});

describe("a preset", () => {
  it("is known by its choices", () => {
    for (const preset of presets) expect(presetOf(choicesOf(preset))).toBe(preset);
    expect(presetOf(defaultOptions)?.name).toBe("balanced");
    const own = { ...defaultOptions, select: withValue(chosen("threshold"), "threshold", 0.31) };
    expect(presetOf(own)).toBeNull();
  });
});
