/** The decoding methods a visitor can choose, and what is chosen. Everything is read from the package's catalog. */

import {
  cache,
  exit,
  presets,
  revise,
  select,
  structure,
  type ChosenMethod,
  type MethodInfo,
  type ParameterInfo,
  type PresetInfo,
} from "unmask/catalog";

/** The question that a method answers. */
export type Kind = "select" | "revise" | "structure" | "exit" | "cache";

/** A method and the parameters that are set; the others have the method's own defaults. */
export interface MethodChoice {
  readonly method: string;
  readonly values: Readonly<Record<string, number | string>>;
}

export const methods: Readonly<Record<Kind, readonly MethodInfo[]>> = {
  select,
  revise,
  structure,
  exit,
  cache,
};

export { presets };

/** A method with all its defaults. */
export function chosen(method: string): MethodChoice {
  return { method, values: {} };
}

/** The description of what is chosen. */
export function infoOf(kind: Kind, { method }: MethodChoice): MethodInfo {
  const info = methods[kind].find(({ name }) => name === method);
  if (info === undefined) throw new Error(`There is no ${kind} method "${method}".`);
  return info;
}

/** The choice with one parameter set, or left to the method when `value` is `null`. */
export function withValue(
  choice: MethodChoice,
  parameter: string,
  value: number | string | null,
): MethodChoice {
  const { [parameter]: _, ...others } = choice.values;
  return { ...choice, values: value === null ? others : { ...others, [parameter]: value } };
}

/** What a parameter is at: what is set, else its default; `null` where the method derives it. */
export function valueOf(
  choice: MethodChoice,
  { name, default: fallback }: ParameterInfo,
): number | string | null {
  return choice.values[name] ?? fallback ?? null;
}

/** The two choices of a preset. */
export function choicesOf(preset: PresetInfo): Readonly<Record<"select" | "revise", MethodChoice>> {
  return { select: read(preset.select), revise: read(preset.revise) };
}

/** The preset that makes these two choices, if one does. */
export function presetOf(choices: Readonly<Record<"select" | "revise", MethodChoice>>): PresetInfo | null {
  const isOf = (preset: PresetInfo): boolean => {
    const wanted = choicesOf(preset);
    return isSame("select", choices.select, wanted.select) && isSame("revise", choices.revise, wanted.revise);
  };
  return presets.find(isOf) ?? null;
}

/** As `generate` takes it. More steps than masks would leave steps with nothing to commit. */
export function toChoice({ method, values }: MethodChoice, maskCount: number): ChosenMethod {
  const { steps } = values;
  const most = Math.max(1, maskCount);
  return { method, ...values, ...(typeof steps === "number" ? { steps: Math.min(steps, most) } : {}) };
}

/** A choice in a few characters: its name, and what is set otherwise than by default. */
export function summaryOf(kind: Kind, choice: MethodChoice): string {
  const { name, parameters } = infoOf(kind, choice);
  const main = parameters.find((parameter) => parameter.name === name);
  const value = main && valueOf(choice, main);
  const others = Object.entries(choice.values).filter(([parameter]) => parameter !== name);
  const set = others.map(([parameter, value]) => `${parameter} ${value}`);
  return [value == null ? name : `${name} ${value}`, ...set].join(", ");
}

function isSame(kind: Kind, one: MethodChoice, other: MethodChoice): boolean {
  if (one.method !== other.method) return false;
  const { parameters } = infoOf(kind, one);
  return parameters.every((parameter) => valueOf(one, parameter) === valueOf(other, parameter));
}

function read({ method, ...values }: ChosenMethod): MethodChoice {
  return { method, values };
}
