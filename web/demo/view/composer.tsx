/** The prompt: what the canvas continues or answers. */

import { examples } from "../examples.ts";
import type { State } from "../state/state.ts";
import type { Mode } from "../state/trace.ts";
import type { Dispatch } from "../store.ts";
import { RunButton } from "./run-button.tsx";

interface Props {
  readonly state: State;
  readonly dispatch: Dispatch;
  readonly canChat: boolean;
  /** What the main button says. */
  readonly action: string;
  readonly onUnmask: () => void;
  readonly onStop: () => void;
}

const modes: readonly { mode: Mode; label: string }[] = [
  { mode: "continue", label: "Continue" },
  { mode: "chat", label: "Ask" },
];

export function Composer({ state, dispatch, canChat, action, onUnmask, onStop }: Props) {
  const { mode, text } = state.prompt;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        onUnmask();
      }}
    >
      <div class="field">
        <label class="visually-hidden" for="prompt">
          {mode === "chat" ? "Question" : "Text to continue"}
        </label>
        <textarea
          id="prompt"
          data-testid="prompt"
          rows={2}
          dir="auto"
          spellcheck={false}
          placeholder={mode === "chat" ? "Ask for something" : "Begin a text"}
          value={text}
          onInput={(event) => dispatch({ type: "prompt", prompt: { text: event.currentTarget.value } })}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onUnmask();
          }}
        />
      </div>
      <div class="composer-row">
        <ModeSwitch mode={mode} canChat={canChat} dispatch={dispatch} />
        <RunButton state={state} label={action} onStop={onStop} />
      </div>
      <Examples dispatch={dispatch} />
    </form>
  );
}

function ModeSwitch({ mode, canChat, dispatch }: { mode: Mode; canChat: boolean; dispatch: Dispatch }) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">Form of the prompt</legend>
      {modes.map((choice) => (
        <label key={choice.mode}>
          <input
            type="radio"
            name="mode"
            data-testid={`mode-${choice.mode}`}
            checked={mode === choice.mode}
            disabled={choice.mode === "chat" && !canChat}
            onChange={() => dispatch({ type: "prompt", prompt: { mode: choice.mode } })}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Examples({ dispatch }: { dispatch: Dispatch }) {
  return (
    <ul class="examples" aria-label="Examples">
      {examples.map(({ label, prompt, length }) => (
        <li key={label}>
          <button
            type="button"
            data-testid="example"
            onClick={() => {
              dispatch({ type: "option", change: { name: "length", value: length } });
              dispatch({ type: "prompt", prompt });
            }}
          >
            {label}
          </button>
        </li>
      ))}
    </ul>
  );
}
