/** JSON template: punctuation and keys are given, only the values are open. */
import { fill, mask } from "unmask";

/** An object with a word and a number, or null when no attempt gave values that are JSON. */
export async function describeAnimal(model, animal, { attempts = 4, ...options } = {}) {
  const canvas = fill`{"animal": "${animal}", "colour": "${mask(2)}", "legs": ${mask(1)}}`;
  for (let seed = 0; seed < attempts; seed += 1) {
    const temperature = seed === 0 ? 0 : 0.7;
    const { text } = await model.fill(canvas, { ...options, seed, temperature }).result();
    try {
      return JSON.parse(text);
    } catch {
      // A quotation mark within a value, say: another seed gives another one.
    }
  }
  return null;
}
