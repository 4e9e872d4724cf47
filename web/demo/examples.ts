/** Prompts that suit the embedded model. */

import type { Lead } from "./state/trace.ts";

export interface Example {
  readonly label: string;
  readonly prompt: Lead;
}

export const examples: readonly [Example, ...Example[]] = [
  {
    label: "A little dragon",
    prompt: { mode: "continue", text: "Once upon a time there was a little dragon who" },
  },
  { label: "The lost kite", prompt: { mode: "continue", text: "One windy day, Lily lost her red kite." } },
  { label: "A story, please", prompt: { mode: "chat", text: "Write a story about a cat and a boat." } },
  { label: "Arithmetic", prompt: { mode: "chat", text: "What is 27 + 15?" } },
];
