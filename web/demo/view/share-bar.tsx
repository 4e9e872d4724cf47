/** A link to what is on show, and its trace as a file or as an animation. */

import { useState } from "preact/hooks";
import { share } from "../address.ts";
import { exportTrace } from "../state/export.ts";
import type { Trace } from "../state/trace.ts";
import type { PageProps } from "./page-props.ts";

interface Props extends Pick<PageProps, "store"> {
  /** The file as JSON; `null` while there is nothing to save. */
  readonly contents: (() => string) | null;
  /** The trace to animate, in views that show one. */
  readonly trace?: Trace;
}

export function ShareBar({ store, contents, trace }: Props) {
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
        onClick={() => contents !== null && download("unmask-trace.json", jsonOf(contents()))}
      >
        Save trace
      </button>
      {trace !== undefined && <AnimationButton {...{ store, trace }} say={setSaid} />}
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

interface AnimationProps {
  readonly store: Props["store"];
  readonly trace: Trace;
  readonly say: (said: string) => void;
}

/** Its code is loaded when it is asked for. */
function AnimationButton({ store, trace, say }: AnimationProps) {
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    say("Drawing…");
    try {
      const { engine } = store.state;
      const { gifOf } = await import("../animation/gif.ts");
      download("unmask.gif", await gifOf(trace, engine.status === "ready" ? engine.info.stopIds : []));
      say("Saved.");
    } catch (error) {
      say(`The animation could not be made: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      setBusy(false);
    }
  };
  const { run } = store.state;
  return (
    <button
      type="button"
      class="action"
      data-testid="gif"
      disabled={busy || run !== "idle" || trace.frames.length === 0}
      onClick={() => void save()}
    >
      Save GIF
    </button>
  );
}

function jsonOf(text: string): Blob {
  return new Blob([text], { type: "application/json" });
}

function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has begun by the time the next task runs.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}
