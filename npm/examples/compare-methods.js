/** Comparing methods: the same prompt under every way to choose what a step commits. */
import { select } from "unmask/catalog";

/** A row for each method, the one with the fewest forwards first. `names`: only these. */
export async function compareMethods(model, prompt, { names, ...options } = {}) {
  const rows = [];
  for (const { name, doc } of select) {
    if (names && !names.includes(name)) continue;
    const { text, forwards, seconds } = await model.generate(prompt, { ...options, select: name }).result();
    const { perToken } = await model.score(text, { prompt, samples: 8 });
    rows.push({ name, doc, text, forwards, seconds, perToken });
  }
  return rows.sort((a, b) => a.forwards - b.forwards);
}
