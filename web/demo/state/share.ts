/**
 * Links that bring back a view with its prompt, options and seed: `#race?v=1&prompt=…&seed=7&lane=exact&lane=sure`.
 * Whatever a link holds is only ever read as text, numbers and names that the page knows; anything else in it is passed
 * over, so that links of newer pages work as far as they can. Opening one runs nothing.
 */

import { EMPTY_GRID, CELLS, type Grid } from "./grid.ts";
import { infoOf, methods, withValue, chosen, type Kind, type MethodChoice } from "./methods.ts";
import { defaultOptions, limits, withOption, type Options } from "./options.ts";
import { isRacer, LANES } from "./racers.ts";
import { racersOf } from "./race.ts";
import type { State } from "./state.ts";
import type { Pace } from "./sudoku.ts";
import type { Lead } from "./trace.ts";
import { isView, type View } from "./view.ts";

const VERSION = 1;
/** Characters of a prompt that a link may bring. */
const LONGEST_PROMPT = 20_000;

/** What a link brings; what is absent stays as it is. */
export interface Shared {
  readonly view: View;
  readonly prompt?: Lead;
  readonly options?: Options;
  readonly racers?: readonly string[];
  readonly givens?: Grid;
  readonly pace?: Pace;
  /** Made by a page that may know more than this one. */
  readonly newer: boolean;
}

const kinds = ["select", "revise", "structure", "exit", "cache"] as const satisfies readonly Kind[];
const numbers = [
  "length",
  "block",
  "temperature",
  "seed",
] as const satisfies readonly (keyof typeof limits)[];

/** The link to what the state shows, from the `#` on. Device and weight format are the visitor's own. */
export function toHash(state: State): string {
  const query = new URLSearchParams({ v: String(VERSION) });
  if (state.view === "sudoku") writeSudoku(query, state);
  else writeRun(query, state);
  return `#${state.view}?${query}`;
}

function writeSudoku(query: URLSearchParams, { sudoku }: State): void {
  query.set("givens", sudoku.givens.join(""));
  query.set("pace", sudoku.pace);
}

function writeRun(query: URLSearchParams, { view, prompt, options, race }: State): void {
  query.set("mode", prompt.mode);
  query.set("prompt", prompt.text);
  for (const name of numbers) query.set(name, String(options[name]));
  for (const kind of kinds) query.set(kind, writeChoice(options[kind]));
  if (view === "race") for (const racer of racersOf(race)) query.append("lane", racer);
}

/** The form that the package reads as well: `"threshold:threshold=0.8"`. */
function writeChoice({ method, values }: MethodChoice): string {
  const set = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return set.length > 0 ? `${method}:${set.join(",")}` : method;
}

/** What the part of an address from the `#` on says; a view that does not exist is the first one. */
export function fromHash(hash: string): Shared {
  const [name = "", query = ""] = splitOnce(hash.replace(/^#/, ""), "?");
  const view = isView(name) ? name : "write";
  const fields = new URLSearchParams(query);
  const version = Number(fields.get("v") ?? NaN);
  if (!(version >= 1)) return { view, newer: false };
  return { view, newer: version > VERSION, ...(view === "sudoku" ? readSudoku(fields) : readRun(fields)) };
}

function readSudoku(fields: URLSearchParams): Partial<Shared> {
  const givens = fields.get("givens") ?? "";
  const pace = fields.get("pace");
  const isGrid = givens.length === CELLS && /^[0-4]*$/.test(givens);
  return {
    ...(isGrid ? { givens: EMPTY_GRID.map((_, cell) => Number(givens[cell])) } : {}),
    ...(pace === "one" || pace === "sure" ? { pace } : {}),
  };
}

function readRun(fields: URLSearchParams): Partial<Shared> {
  const text = fields.get("prompt");
  const mode = fields.get("mode") === "chat" ? "chat" : "continue";
  const racers = fields.getAll("lane").filter(isRacer).slice(0, LANES.most);
  return {
    ...(text === null ? {} : { prompt: { mode, text: text.slice(0, LONGEST_PROMPT) } }),
    options: readOptions(fields),
    ...(racers.length >= LANES.least ? { racers } : {}),
  };
}

/** A link says all that differs from the defaults, so what it leaves out is at its default. */
function readOptions(fields: URLSearchParams): Options {
  let options = defaultOptions;
  for (const name of numbers) {
    const written = fields.get(name);
    const value = written === null || written === "" ? NaN : Number(written);
    options = withOption(options, name, name === "temperature" ? value : Math.round(value));
  }
  for (const kind of kinds) {
    const choice = readChoice(kind, fields.get(kind) ?? "");
    if (choice !== null) options = { ...options, [kind]: choice };
  }
  return options;
}

function readChoice(kind: Kind, written: string): MethodChoice | null {
  const [method = "", values = ""] = splitOnce(written, ":");
  if (!methods[kind].some(({ name }) => name === method)) return null;
  const { parameters } = infoOf(kind, { method, values: {} });
  let choice = chosen(method);
  for (const part of values.split(",")) {
    const [name, value = ""] = splitOnce(part, "=");
    const parameter = parameters.find((parameter) => parameter.name === name);
    if (parameter === undefined || value === "") continue;
    if (parameter.words?.includes(value)) choice = withValue(choice, parameter.name, value);
    else if (parameter.words === undefined && isWithin(Number(value), parameter)) {
      choice = withValue(choice, parameter.name, Number(value));
    }
  }
  return choice;
}

function isWithin(
  value: number,
  { least = -Infinity, most = Infinity, whole }: { least?: number; most?: number; whole?: boolean },
): boolean {
  return Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
