/** Having one model draft for another: only token ids go between them, so each may be on a thread of its own. */

import { UnmaskError } from "./errors.js";
import type { ModelInfo } from "./types.js";

/** Tokens that a drafter proposes for the next positions, and what they took. */
export interface Draft {
  readonly tokens: readonly number[];
  /** Rows of the drafter's network that were forwarded. */
  readonly rows: number;
  readonly seconds: number;
}

/** Drafts what comes after `ids`. */
export type DraftAfter = (ids: Uint32Array) => Promise<Draft>;

/** Throws unless the ids of one model mean something to the other. */
export function checkDrafter(drafter: ModelInfo, verifier: ModelInfo): void {
  if (drafter.vocabSize === verifier.vocabSize) return;
  throw new UnmaskError(
    "bad_input",
    `The drafter has ${drafter.vocabSize} tokens and the model ${verifier.vocabSize}; they must share a tokenizer.`,
  );
}
