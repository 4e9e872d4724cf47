/** Begins what the form asks for, or stops what runs. */

import type { State } from "../state/state.ts";

interface Props {
  readonly state: State;
  readonly label: string;
  /** Whether the form cannot be sent as it is. */
  readonly disabled?: boolean;
  readonly onStop: () => void;
}

/**
 * One place: begin, or stop what runs. Two elements by their keys: one that turned from "Stop" into the form's submit
 * button within its own click would submit the form.
 */
export function RunButton({ state, label, disabled = false, onStop }: Props) {
  if (state.run !== "idle") {
    return (
      <button
        key="stop"
        type="button"
        class="primary"
        data-testid="stop"
        onClick={onStop}
        disabled={state.run === "stopping"}
      >
        Stop
      </button>
    );
  }
  return (
    <button
      key="generate"
      type="submit"
      class="primary"
      data-testid="generate"
      disabled={disabled || state.engine.status !== "ready"}
    >
      {label}
    </button>
  );
}
