/** The settings, with what is in force in one line. */

import type { Device, Dtype } from "unmask";
import type { OptionChange } from "../state/actions.ts";
import { summaryOf, type Kind } from "../state/methods.ts";
import { defaultOptions, limits, type Options } from "../state/options.ts";
import { ChoiceField, NumberField } from "./fields.tsx";
import { MethodFields } from "./method-fields.tsx";

interface Props {
  readonly options: Options;
  readonly disabled: boolean;
  readonly onChange: (change: OptionChange) => void;
}

const devices: readonly (readonly [Device, string])[] = [
  ["auto", "best"],
  ["gpu", "GPU"],
  ["cpu", "CPU"],
];
const dtypes: readonly (readonly [Dtype, string])[] = [
  ["auto", "best"],
  ["f32", "f32"],
  ["f16", "f16"],
  ["q8_0", "q8_0"],
  ["q4_0", "q4_0"],
];

export function OptionsPanel({ options, disabled, onChange }: Props) {
  return (
    <details class="options" data-testid="options">
      <summary>
        <span>Settings</span>
        <span class="in-force">{summary(options)}</span>
      </summary>
      <fieldset disabled={disabled} class="fields">
        <legend class="visually-hidden">Settings</legend>
        <Numbers options={options} onChange={onChange} />
        <ChoiceField
          name="device"
          label="Device"
          choices={devices}
          value={options.device}
          onChange={(value) => onChange({ name: "device", value })}
        />
        <ChoiceField
          name="dtype"
          label="Weights"
          choices={dtypes}
          value={options.dtype}
          onChange={(value) => onChange({ name: "dtype", value })}
        />
      </fieldset>
      <fieldset disabled={disabled} class="methods">
        <legend class="visually-hidden">Decoding</legend>
        <MethodFields options={options} onChange={onChange} />
      </fieldset>
    </details>
  );
}

function Numbers({ options, onChange }: Pick<Props, "options" | "onChange">) {
  const number = (name: keyof typeof limits, label: string, hint?: string) => (
    <NumberField
      name={name}
      label={label}
      hint={hint}
      value={options[name]}
      {...limits[name]}
      onChange={(value) => onChange({ name, value })}
    />
  );
  return (
    <>
      {number("length", "Length", "masks")}
      {number("block", "Block", "0: all at once")}
      {number("temperature", "Temperature", "0: no chance")}
      {number("seed", "Seed")}
    </>
  );
}

function summary(options: Options): string {
  const { length, block, temperature, seed } = options;
  const usual: Partial<Record<Kind, string>> = {
    revise: defaultOptions.revise.method,
    structure: defaultOptions.structure.method,
    exit: defaultOptions.exit.method,
    cache: defaultOptions.cache.method,
  };
  const kinds = (["select", "revise", "structure", "exit", "cache"] as const).filter(
    (kind) => options[kind].method !== usual[kind],
  );
  return [
    `${length} masks`,
    block > 0 && block < length ? `blocks of ${block}` : "one block",
    ...kinds.map((kind) => summaryOf(kind, options[kind])),
    `temperature ${temperature}`,
    ...(temperature > 0 ? [`seed ${seed}`] : []),
  ].join(" · ");
}
