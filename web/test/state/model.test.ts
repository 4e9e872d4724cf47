import { expect, test } from "vitest";
import { defaultModel, modelName, sourceOf } from "../../demo/state/model.ts";
import { reduce } from "../../demo/state/reducer.ts";
import { initialState } from "../../demo/state/state.ts";

const page = "https://host/sub/demo/";

test("the page's own model is a folder beside the page, others are what the visitor gave", () => {
  expect(String(sourceOf(defaultModel, page))).toBe("https://host/sub/models/tiny/");
  expect(sourceOf({ kind: "address", address: "owner/name@main" }, page)).toBe("owner/name@main");
  const files = [new File([], "config.json"), new File([], "tokenizer.json")];
  expect(sourceOf({ kind: "files", files }, page)).toBe(files);
});

test("a model has a name of a few words", () => {
  expect(modelName(defaultModel)).toBe("Tiny storyteller");
  expect(modelName({ kind: "address", address: "owner/name" })).toBe("owner/name");
  expect(modelName({ kind: "files", files: [new File([], "model.gguf")] })).toBe("model.gguf");
  expect(modelName({ kind: "files", files: [new File([], "a"), new File([], "b")] })).toBe("2 files");
});

test("another model leaves prompt, settings and canvas as they are", () => {
  const before = initialState({ mode: "continue", text: "Once" });
  const model = { kind: "address", address: "owner/name" } as const;
  expect(reduce(before, { type: "model", model })).toEqual({ ...before, model });
});
