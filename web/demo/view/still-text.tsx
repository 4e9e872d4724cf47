/** A canvas to look at: words on bars of their confidence, soft blocks where it is masked. */

import { memo } from "preact/compat";
import { comingTexts, keysOf, shownCanvas, type Trace } from "../state/trace.ts";
import { Block, Word } from "./token.tsx";

interface Props {
  readonly trace: Trace;
  readonly stopIds: readonly number[];
  readonly label: string;
}

export function StillText({ trace, stopIds, label }: Props) {
  const canvas = shownCanvas(trace);
  const end = canvas.findIndex(({ id }) => id !== null && stopIds.includes(id));
  const keys = keysOf(trace, trace.shown);
  const coming = comingTexts(trace);
  return (
    <div class="canvas still" role="group" aria-label={label} dir="auto">
      {canvas.map(({ id, text, confidence }, index) => (
        <Still
          key={keys[index]}
          index={index}
          masked={id === null}
          text={id === null ? (coming?.get(keys[index] ?? -1) ?? "") : text}
          confidence={confidence}
          ending={end >= 0 && index >= end}
        />
      ))}
    </div>
  );
}

interface StillProps {
  readonly index: number;
  readonly masked: boolean;
  readonly text: string;
  readonly confidence: number | null;
  readonly ending: boolean;
}

const Still = memo(function Still({ masked, ending, ...props }: StillProps) {
  return (
    <span
      class={["token", masked && "masked", ending && "ending"].filter(Boolean).join(" ")}
      data-testid="still"
      data-state={masked ? "masked" : "set"}
    >
      {masked ? (
        <Block key="block" {...props} breakBefore={false} />
      ) : (
        <Word key="word" {...props} ending={ending} breakBefore={false} />
      )}
    </span>
  );
});
