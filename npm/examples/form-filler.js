/** Form filler: the labels stay, the model writes what stands behind them. */
import { mask } from "unmask";

/** Values for `fields`, `{ "Name": 3 }` with the most tokens of each, from what a note says. */
export async function fillForm(model, note, fields, options = {}) {
  const labels = Object.keys(fields).map((name, at) => `${at === 0 ? "" : "\n"}${name}:`);
  const canvas = labels.flatMap((label, at) => [label, mask(Object.values(fields)[at])]);
  const { text } = await model.fill(canvas, { prompt: `${note}\n\n`, ...options }).result();
  const values = {};
  for (const [at, name] of Object.keys(fields).entries()) {
    const start = text.indexOf(labels[at]) + labels[at].length;
    const end = at + 1 < labels.length ? text.indexOf(labels[at + 1], start) : text.length;
    values[name] = text.slice(start, end).trim();
  }
  return values;
}
