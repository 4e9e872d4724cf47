/** A link to what is on show, and its trace as a file. */

import { useState } from "preact/hooks";
import { share } from "../address.ts";
import { exportTrace } from "../state/export.ts";
import type { PageProps } from "./page-props.ts";

interface Props extends Pick<PageProps, "store"> {
  /** The file as JSON; `null` while there is nothing to save. */
  readonly contents: (() => string) | null;
}

export function ShareBar({ store, contents }: Props) {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    setSaid((await share(store)) ? "Copied." : "The link is in the address bar.");
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
        disabled={contents === null}
        onClick={() => contents !== null && download("unmask-trace.json", contents())}
      >
        Save trace
      </button>
      <span class="aside" role="status" data-testid="shared">
        {said}
      </span>
    </p>
  );
}

/** The trace that "write" and "inside" show. */
export function contentsOf({ state, info }: Pick<PageProps, "state" | "info">): (() => string) | null {
  const { trace, options } = state;
  return trace.frames.length === 0 ? null : () => exportTrace(trace, options, info);
}

function download(name: string, json: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  link.download = name;
  link.click();
  // The download has begun by the time the next task runs.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}
