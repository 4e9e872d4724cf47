/** Loading a model. */

import { UnmaskError } from "./errors.js";
import type { LoadOptions, Model, ModelSource } from "./types.js";

/** Loads a checkpoint and makes it ready to generate. */
export async function loadModel(_source: ModelSource, _options: LoadOptions = {}): Promise<Model> {
  throw new UnmaskError("internal", "loadModel is not there yet.");
}
