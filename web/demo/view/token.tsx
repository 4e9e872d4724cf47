/** One position: a soft block while it is masked, its text once it is committed. */

import { memo } from "preact/compat";

export interface TokenProps {
  readonly index: number;
  readonly masked: boolean;
  /** What is shown, or, under a block, the text whose width is kept ("" when none is known). */
  readonly text: string;
  /** 0 to 1, or `null`: it was given, not proposed. */
  readonly confidence: number | null;
  /** What else it could be, where that is known. */
  readonly others: string;
  readonly pinned: boolean;
  readonly selected: boolean;
  /** The one position that Tab reaches. */
  readonly tabStop: boolean;
  /** A stop token, or a position after it. */
  readonly ending: boolean;
  /** A line ends before it. */
  readonly breakBefore: boolean;
  /** In the block being denoised. */
  readonly open: boolean;
  /** Inserted by the step on show. */
  readonly grown: boolean;
  /** Masked again by the step on show. */
  readonly reopened: boolean;
}

/** Plain props only, so that a frame renders just the positions it changed. */
export const Token = memo(function Token(props: TokenProps) {
  const { index, masked, pinned, selected, tabStop, ending, open, grown, reopened } = props;
  const names = [
    "token",
    masked && "masked",
    pinned && "pinned",
    selected && "selected",
    ending && "ending",
    open && "open",
    grown && "grown",
    reopened && masked && "reopened",
  ];
  return (
    <span
      class={names.filter(Boolean).join(" ")}
      role="option"
      aria-selected={selected}
      aria-label={labelOf(props)}
      tabIndex={tabStop ? 0 : -1}
      data-index={index}
      data-testid="token"
      data-state={masked ? "masked" : "set"}
      data-pinned={pinned}
    >
      {masked ? <Block key="block" {...props} /> : <Word key="word" {...props} />}
    </span>
  );
});

type WordProps = Pick<TokenProps, "text" | "confidence" | "ending" | "breakBefore"> &
  Partial<Pick<TokenProps, "others">>;

export function Word({ text, confidence, ending, breakBefore, others = "" }: WordProps) {
  const { before, core, after } = parts(ending && text === "" ? "·" : text);
  const style = confidence === null ? undefined : { "--confidence": confidence.toFixed(3) };
  return (
    <>
      {before}
      {breakBefore && <br />}
      <span
        class={confidence === null ? "word given" : "word"}
        style={style}
        title={titleOf(confidence, others)}
      >
        {core}
      </span>
      {after}
    </>
  );
}

export function Block({ index, text, breakBefore }: Pick<TokenProps, "index" | "text" | "breakBefore">) {
  const { before, core, after } = parts(text === "" ? " " : text);
  const known = core !== "";
  return (
    <>
      {before}
      {breakBefore && <br />}
      <span
        class="block"
        aria-hidden="true"
        style={known ? undefined : { "--reserved": reservedWidth(index) }}
      >
        {core}
      </span>
      {after}
    </>
  );
}

/** White space stands outside of the drawn word, where lines may break. */
function parts(text: string): { before: string; core: string; after: string } {
  const core = text.trim();
  const start = core === "" ? text.length : text.indexOf(core);
  return { before: text.slice(0, start), core, after: text.slice(start + core.length) };
}

/** Width of an unknown position in `ch`: uneven like words, the same at every visit. */
function reservedWidth(index: number): string {
  return (((Math.imul(index + 1, 2_654_435_761) >>> 16) % 32) / 8 + 2.2).toFixed(2);
}

function percent(confidence: number): string {
  return `${Math.round(confidence * 100)} %`;
}

function titleOf(confidence: number | null, others: string): string | undefined {
  const sure = confidence === null ? "" : `Confidence ${percent(confidence)}`;
  const rest = others === "" ? "" : `else ${others}`;
  return [sure, rest].filter(Boolean).join("; ") || undefined;
}

function labelOf({ masked, text, confidence, pinned, ending }: TokenProps): string {
  if (masked) return "masked";
  const shown = text === "\n" ? "line break" : text.trim();
  const name = shown === "" ? (ending ? "end of text" : "blank") : shown;
  return [name, confidence === null ? "" : percent(confidence), pinned ? "pinned" : ""]
    .filter(Boolean)
    .join(", ");
}
