/** GGUF files: one is a whole model, or one part of it. */

/** What the engine calls a model that is one GGUF file, or its first part. */
export const GGUF = "model.gguf";

/** `-00002-of-00003.gguf`, as llama-gguf-split ends names. */
const PLACE = /-(\d{5})-of-(\d{5})\.gguf$/i;

/** Most parts that are looked for. */
const MOST_PARTS = 1000;

/** Whether a file of this name is a model. */
export function isGguf(name: string): boolean {
  return /\.gguf$/i.test(name);
}

/** What the engine calls the files of a model whose only, or first, file has this name: real name by theirs. */
export function partsOf(name: string): Map<string, string> {
  const [place, , parts = ""] = PLACE.exec(name) ?? [];
  const count = Math.min(Number(parts), MOST_PARTS);
  const names = new Map([[GGUF, name]]);
  if (place === undefined) return names;
  for (let number = 2; number <= count; number++) {
    const digits = String(number).padStart(5, "0");
    const real = name.slice(0, -place.length) + place.replace(/\d{5}/, digits);
    names.set(`model-${digits}-of-${parts}.gguf`, real);
  }
  return names;
}

/** The first of `names` where they are one GGUF model and nothing else; else undefined. */
export function soleModel(names: readonly string[]): string | undefined {
  const [first] = [...names].sort();
  if (first === undefined || !isGguf(first)) return undefined;
  const parts = new Set(partsOf(first).values());
  return names.every((name) => parts.has(name)) ? first : undefined;
}
