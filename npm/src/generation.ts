/** A running generation: frames to iterate over, and the result. */

import type { Frame, GenerationResult } from "./types.js";

/**
 * Frames as they are made, and the result at the end:
 * ```ts
 * const generation = model.generate("Once upon a time");
 * for await (const frame of generation) draw(frame);
 * const { text } = await generation.result();
 * ```
 * Leaving the loop early cancels the generation within one step.
 */
export interface Generation extends AsyncIterable<Frame, void, undefined> {
  /** The finished canvas; runs the generation when nobody iterates over it. */
  result(): Promise<GenerationResult>;
}
