/** Prompts that suit the embedded model: it knows children's stories and small tasks. */

import type { Lead } from "./state/trace.ts";

export interface Example {
  readonly label: string;
  readonly prompt: Lead;
  /** Masks that leave room for a good answer. */
  readonly length: number;
}

export const examples: readonly [Example, ...Example[]] = [
  {
    label: "A kind fox",
    prompt: { mode: "continue", text: "Once upon a time there was a kind fox named Ravi." },
    length: 64,
  },
  {
    label: "A tree house",
    prompt: { mode: "chat", text: "Tell me a story about a bear who builds a tree house." },
    length: 128,
  },
  { label: "Arithmetic", prompt: { mode: "chat", text: "What is 27 + 15?" }, length: 8 },
  { label: "Sorting", prompt: { mode: "chat", text: "Sort 42, 7, 93, 18." }, length: 16 },
  {
    label: "Three words",
    prompt: { mode: "chat", text: "Write a sentence: first word Today, last word bread, with ribbon." },
    length: 24,
  },
  { label: "Sudoku", prompt: { mode: "chat", text: "Solve:\n1030\n0402\n2040\n0301" }, length: 24 },
];
