/**
 * A worker of the package with a script in place of the engine: any canvas is filled in 64 steps, a word here and there,
 * as fast as the page takes them. Served in the place of the real one, it shows what the page itself costs.
 */
const MASK = 1;
const STEPS = 64;
const WORDS = "the of a little and to was she he said it in that they with day saw big her garden".split(" ");

const info = {
  architecture: "script",
  parameters: 1,
  layers: 1,
  hiddenSize: 1,
  vocabSize: WORDS.length + 2,
  contextLength: 4096,
  maskId: MASK,
  stopIds: [0],
  shift: false,
  hasChatTemplate: true,
  dtype: "q8_0",
  residentBytes: 1,
  device: { kind: "cpu", adapter: "", backend: "", tier: { f16: false, subgroups: false }, reason: "a script" },
};

const lengthOf = ({ canvas, length = 64 }) =>
  canvas?.reduce((sum, { mask, ids }) => sum + (mask ?? ids?.length ?? 0), 0) ?? length;

/** The positions of step `step`, spread over the whole canvas. */
const chosen = (length, step) => Array.from({ length }, (_, index) => index).filter((at) => (at * 29) % STEPS === step);

function frameOf(length, step) {
  const committed = chosen(length, step).map((position) => {
    const word = (position * 7 + step) % WORDS.length;
    return { position, id: word + 2, confidence: ((position * 37) % 100) / 100, text: ` ${WORDS[word]}` };
  });
  return {
    step,
    block: 0,
    forwards: step + 1,
    rows: length,
    masksLeft: length - Math.ceil((length * (step + 1)) / STEPS),
    committed,
    revised: [],
    spliced: [],
    filled: [],
    texts: committed.map(({ position, text }) => ({ position, text })),
    seconds: (step + 1) / 100,
  };
}

async function generate(request, emit) {
  const length = lengthOf(request);
  for (let step = 0; step < STEPS; step++) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    emit(frameOf(length, step));
  }
  return { text: "", ids: [], pieces: [], forwards: STEPS, committed: length, seconds: 1, device: "cpu", dtype: "q8_0" };
}

const answers = {
  probe: async () => ({ webgpu: true, adapter: "a script", backend: "", f16: false, subgroups: false, limits: {} }),
  load: async () => info,
  generate: ({ request }, emit) => generate(request, emit),
  dispose: async () => null,
};

self.onmessage = async ({ data: { type, call, args } }) => {
  const emit = (event) => self.postMessage({ type: "event", call, event });
  self.postMessage({ type: "reply", call, reply: await answers[type](args, emit) });
};
self.postMessage({ type: "hello", webgpu: true });
