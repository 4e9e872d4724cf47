/** Traces as files: everything that is needed to replay them elsewhere. */

import type { ModelInfo } from "unmask";
import type { Options } from "./options.ts";
import type { Race } from "./race.ts";
import { optionsOf } from "./racers.ts";
import type { Trace } from "./trace.ts";

/** Of the form of the files below, for whoever reads them. */
const VERSION = 1;

/** JSON of the trace, of what was asked for, and of the model that answered. MASK is `null`. */
export function exportTrace(trace: Trace, options: Options, info: ModelInfo | null): string {
  return write({
    format: "unmask-trace",
    version: VERSION,
    model: modelOf(info),
    ...partsOf(trace, options),
  });
}

/** JSON of every lane's trace. */
export function exportRace({ lanes }: Race, options: Options, info: ModelInfo | null): string {
  const written = lanes.map(({ racer, status, trace }) => ({
    racer,
    status,
    ...partsOf(trace, optionsOf(racer, options)),
  }));
  return write({ format: "unmask-race", version: VERSION, model: modelOf(info), lanes: written });
}

function partsOf({ lead, base, frames }: Trace, options: Options) {
  return { prompt: lead, options, base, frames };
}

function modelOf(info: ModelInfo | null) {
  if (info === null) return null;
  const { architecture, parameters, dtype, maskId, stopIds } = info;
  return { architecture, parameters, dtype, maskId, stopIds };
}

function write(content: object): string {
  return JSON.stringify(content, null, 1);
}
