/** A trace as a file: everything that is needed to replay it elsewhere. */

import type { ModelInfo } from "unmask";
import type { Options } from "./options.ts";
import type { Trace } from "./trace.ts";

/** Names the form of the file, for whoever reads it. */
const FORMAT = { format: "unmask-trace", version: 1 } as const;

/** JSON of the trace, of what was asked for, and of the model that answered. MASK is `null`. */
export function exportTrace({ lead, base, frames }: Trace, options: Options, info: ModelInfo | null): string {
  const { maskId, stopIds } = info ?? {};
  const model = info && { architecture: info.architecture, parameters: info.parameters, dtype: info.dtype };
  return JSON.stringify(
    { ...FORMAT, prompt: lead, options, model: model && { ...model, maskId, stopIds }, base, frames },
    null,
    1,
  );
}
