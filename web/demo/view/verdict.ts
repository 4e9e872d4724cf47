/** Who won a race, in a sentence or two. */

import { countersOf } from "../state/counters.ts";
import { verdictOf, type Race, type Verdict } from "../state/race.ts";
import { scrubTo } from "../state/trace.ts";
import { counted } from "../state/words.ts";

/** Empty while lanes wait; where one runs, which. */
export function verdictText(race: Race, names: readonly string[]): string {
  const running = race.lanes.findIndex(({ status }) => status === "running");
  if (running >= 0) {
    return `${names[running]} runs. The lanes run one after the other, so that none slows another.`;
  }
  if (race.lanes.some(({ status }) => status === "stopped")) return "Stopped before the end.";
  const verdict = verdictOf(race);
  if (verdict === null) return "";
  return [
    forwardsSentence(race, names, verdict),
    timeSentence(race, names, verdict),
    textSentence(verdict),
  ].join(" ");
}

function forwardsSentence(race: Race, names: readonly string[], { fewestForwards, ratio }: Verdict): string {
  const forwards = forwardsOf(race, fewestForwards[0] ?? 0);
  if (fewestForwards.length === race.lanes.length) return `A tie: ${counted(forwards, "forward")} each.`;
  const winners = fewestForwards.map((lane) => names[lane]).join(" and ");
  const win = fewestForwards.length > 1 ? "win" : "wins";
  return `${winners} ${win}: ${counted(forwards, "forward")}, ${ratio.toFixed(1)} times fewer than the slowest.`;
}

function timeSentence(race: Race, names: readonly string[], { fewestForwards, quickest }: Verdict): string {
  const seconds = secondsOf(race, quickest).toFixed(2);
  const alone = fewestForwards.length === 1 && fewestForwards[0] === quickest;
  return alone
    ? `It took the least time too: ${seconds} s.`
    : `${names[quickest]} took the least time: ${seconds} s.`;
}

function textSentence({ sameText }: Verdict): string {
  return sameText ? "All wrote the same text." : "The texts differ.";
}

function forwardsOf(race: Race, lane: number): number {
  return race.lanes[lane]?.trace.frames.at(-1)?.forwards ?? 0;
}

function secondsOf(race: Race, lane: number): number {
  const trace = race.lanes[lane]?.trace;
  return trace === undefined ? 0 : countersOf(scrubTo(trace, trace.frames.length)).seconds;
}
