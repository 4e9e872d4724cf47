/** Beside the canvas: figures, meaning of the marks, device. */

import type { ModelInfo } from "unmask";
import type { State } from "../state/state.ts";
import { CountersView, DeviceView } from "./counters.tsx";
import { Legend } from "./legend.tsx";

export function Rail({ state, info }: { state: State; info: ModelInfo | null }) {
  return (
    <aside class="rail" aria-label="Figures">
      <CountersView trace={state.trace} />
      <Legend />
      {info && <DeviceView info={info} />}
    </aside>
  );
}
