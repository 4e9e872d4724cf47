/** Type tests: that this file compiles is the test. It is never run. */

import {
  deleteCached,
  estimateMemory,
  fill,
  isCached,
  listCached,
  loadModel,
  mask,
  UnmaskError,
  type CachedModel,
  type ErrorCode,
  type FileProgress,
  type Frame,
  type Generation,
  type GenerationResult,
  type MemoryEstimate,
  type Model,
  type PositionRecord,
  type Score,
  type Segment,
  type Tiling,
  type Tuning,
} from "../src/index.js";

/** Compiles only when `Actual` and `Expected` are the same type. */
function same<Expected>() {
  return <Actual>(_: Actual & ([Actual, Expected] extends [Expected, Actual] ? unknown : never)): void => {};
}

export async function calls(files: FileList, blob: Blob): Promise<void> {
  await using model = await loadModel("owner/name@main", { device: "gpu", dtype: "q4_0", worker: true });
  same<Model>()(model);
  await loadModel(files);
  await loadModel([new File([], "config.json")]);
  await loadModel({
    "config.json": blob,
    "model.safetensors": new URL("https://host/m"),
    "tokenizer.json": new ArrayBuffer(1),
  });

  const generation = model.generate("text", {
    length: 8,
    select: "threshold",
    threshold: 0.9,
    signal: AbortSignal.timeout(1),
  });
  for await (const frame of generation) same<Frame>()(frame);
  for await (const { records } of model.generate("text", { records: true }))
    same<readonly PositionRecord[] | undefined>()(records);
  same<GenerationResult>()(await generation.result());
  model.generate([{ role: "user", content: "hi" }]);
  model.generate({ prompt: "a", canvas: ["b", mask(2), { ids: [1] }] });
  model.fill(["Dear ", mask(3), { text: "x" }], { prompt: "A letter:", steps: 3 });

  model.generate("x", { vote: { blocks: [8, 16, 32], seeds: 2 }, temperature: 0.7 });
  same<number | undefined>()((await model.generate("x", { bestOf: 4 }).result()).paths?.[0]?.score?.perToken);
  same<Score>()(await model.score("text", { prompt: "before", estimator: "monte-carlo", samples: 16 }));
  await model.score("text", { chat: [{ role: "user", content: "hi" }], signal: AbortSignal.timeout(1) });

  same<Tuning>()(await model.tune());
  const { tiles, forwards, knee } = await model.tune({ again: true, signal: AbortSignal.timeout(1) });
  same<Tiling | undefined>()(tiles?.chosen);
  same<number | undefined>()(forwards[0]?.seconds);
  same<number>()(knee);
  await using drafter = await loadModel("owner/drafter", { tune: false });
  model.generate("text", { drafter, draftLength: 4, select: "jacobi" });

  model.fill`Dear ${mask(3)}, thank you for ${"the"} ${mask(8)}.`;
  same<Segment[]>()(fill`Dear ${mask(3)}`);
  same<Generation>()(model.chat([{ role: "user", content: "hi" }], { length: 8 }));
  same<Generation>()(model.edit("a text", { start: 0, end: 1 }, { length: 3, prompt: "p" }));
  model.edit("a text", [{ start: 0, end: 1 }]);
  same<MemoryEstimate>()(await estimateMemory("owner/name", { dtype: "q4_0", storage: "none" }));
  same<boolean>()(await isCached("owner/name"));
  same<CachedModel[]>()(await listCached());
  await deleteCached();
  await deleteCached("owner/name", { hubUrl: "https://hub" });
  await loadModel("owner/name", {
    storage: "opfs",
    cacheLimit: 1e9,
    onProgress: ({ files, storage }) => {
      same<readonly FileProgress[]>()(files);
      if (storage === "full") return;
      // @ts-expect-error: no such storage
      if (storage === "disk") return;
    },
  });
  await loadModel({ "config.json": blob.stream() });
  for (const gguf of [blob, new ArrayBuffer(1), blob.stream()]) await loadModel(gguf);

  // @ts-expect-error: no such storage
  await loadModel("a/b", { storage: "disk" });
  // @ts-expect-error: an estimate needs no device
  await estimateMemory("a/b", { device: "gpu" });
  // @ts-expect-error: an edit needs a range
  model.edit("a text");
  // @ts-expect-error: a number is no piece of a template
  fill`a ${3}`;
  // @ts-expect-error: a drafter is a model that was loaded
  model.generate("x", { drafter: "owner/drafter" });
  // @ts-expect-error: no such estimator
  await model.score("text", { estimator: "guess" });
  // @ts-expect-error: the text is not optional
  await model.score();
  // @ts-expect-error: the comparison itself can fail
  same<Frame>()(3);
  // @ts-expect-error: no such device
  await loadModel("a/b", { device: "tpu" });
  // @ts-expect-error: the source is not optional
  await loadModel();
  // @ts-expect-error: a number is no file
  await loadModel({ "config.json": 3 });
  // @ts-expect-error: the template gives the length
  model.fill([mask(1)], { length: 3 });
  // @ts-expect-error: no such policy
  model.generate("x", { select: "best" });
  // @ts-expect-error: a message has content
  model.generate([{ role: "user" }]);
}

export function remedy(error: unknown): string {
  if (!(error instanceof UnmaskError)) throw error;
  same<ErrorCode>()(error.code);
  switch (error.code) {
    case "no_webgpu":
      return "use another browser";
    // @ts-expect-error: not one of the codes
    case "nonsense":
      return "";
    default:
      return error.message;
  }
}
