/** A link to what is on show, and its trace as a file. */

import { useState } from "preact/hooks";
import { share } from "../address.ts";
import { exportTrace } from "../state/export.ts";
import type { Trace } from "../state/trace.ts";
import type { PageProps } from "./page-props.ts";

interface Props extends PageProps {
  /** `null`: there is nothing to save. */
  readonly trace: Trace | null;
}

export function ShareBar({ state, store, info, trace }: Props) {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    setSaid((await share(store)) ? "Copied." : "The link is in the address bar.");
  };
  const save = (): void => {
    if (trace !== null) download("unmask-trace.json", exportTrace(trace, state.options, info));
  };
  return (
    <p class="share-bar">
      <button type="button" class="action" data-testid="share" onClick={() => void copy()}>
        Copy link
      </button>
      <button
        type="button"
        class="action"
        data-testid="export"
        disabled={trace === null || trace.frames.length === 0}
        onClick={save}
      >
        Save trace
      </button>
      <span class="aside" role="status" data-testid="shared">
        {said}
      </span>
    </p>
  );
}

function download(name: string, json: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  link.download = name;
  link.click();
  // The download has begun by the time the next task runs.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}
