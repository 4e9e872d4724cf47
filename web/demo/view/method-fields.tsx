/** How a text is decoded: a preset, or the choices with their parameters, all from the package's catalog. */

import type { ParameterInfo } from "unmask/catalog";
import type { OptionChange } from "../state/actions.ts";
import {
  chosen,
  choicesOf,
  infoOf,
  methods,
  presetOf,
  presets,
  valueOf,
  withValue,
  type Kind,
  type MethodChoice,
} from "../state/methods.ts";
import type { Options } from "../state/options.ts";
import { ChoiceField, OptionalNumberField } from "./fields.tsx";

interface Props {
  readonly options: Options;
  readonly onChange: (change: OptionChange) => void;
}

const questions: readonly (readonly [Kind, string])[] = [
  ["select", "Commit"],
  ["revise", "Take back"],
  ["structure", "Canvas"],
  ["exit", "Stop"],
  ["cache", "Cache"],
];

export function MethodFields({ options, onChange }: Props) {
  return (
    <>
      <PresetField options={options} onChange={onChange} />
      {questions.map(([kind, label]) => (
        <MethodField
          key={kind}
          {...{ kind, label }}
          choice={options[kind]}
          onChange={(value) => onChange({ name: kind, value })}
        />
      ))}
    </>
  );
}

/** Sets "commit" and "take back" together; anything else that is chosen there shows as "custom". */
function PresetField({ options, onChange }: Props) {
  const preset = presetOf(options);
  const set = (name: string): void => {
    const wanted = presets.find((preset) => preset.name === name);
    if (wanted === undefined) return;
    const { select, revise } = choicesOf(wanted);
    onChange({ name: "select", value: select });
    onChange({ name: "revise", value: revise });
  };
  const custom: (readonly [string, string])[] = preset === null ? [["", "custom"]] : [];
  return (
    <fieldset class="method">
      <legend class="visually-hidden">Preset</legend>
      <ChoiceField
        name="preset"
        label="Preset"
        choices={[...custom, ...presets.map(({ name }) => [name, name] as const)]}
        value={preset?.name ?? ""}
        hint={preset?.doc ?? "Choices of your own."}
        onChange={set}
      />
    </fieldset>
  );
}

interface MethodProps {
  readonly kind: Kind;
  readonly label: string;
  readonly choice: MethodChoice;
  readonly onChange: (choice: MethodChoice) => void;
}

function MethodField({ kind, label, choice, onChange }: MethodProps) {
  const info = infoOf(kind, choice);
  return (
    <fieldset class="method">
      <legend class="visually-hidden">{label}</legend>
      <ChoiceField
        name={kind}
        label={label}
        choices={methods[kind].map(({ name }) => [name, name.replaceAll("_", " ")] as const)}
        value={choice.method}
        hint={`${info.doc} (${info.source})`}
        onChange={(method) => onChange(chosen(method))}
      />
      {info.parameters.map((parameter) => (
        <ParameterField
          key={`${info.name}/${parameter.name}`}
          name={kind === "select" ? parameter.name : `${kind}-${parameter.name}`}
          parameter={parameter}
          value={valueOf(choice, parameter)}
          onChange={(value) => onChange(withValue(choice, parameter.name, value))}
        />
      ))}
    </fieldset>
  );
}

interface ParameterProps {
  readonly name: string;
  readonly parameter: ParameterInfo;
  readonly value: number | string | null;
  readonly onChange: (value: number | string | null) => void;
}

function ParameterField({ name, parameter, value, onChange }: ParameterProps) {
  const label = parameter.name.replaceAll("_", " ");
  if (parameter.words !== undefined) {
    const choices = parameter.words.map((word) => [word, word.replaceAll("_", " ")] as const);
    return <ChoiceField {...{ name, label, choices, onChange }} value={String(value)} hint={parameter.doc} />;
  }
  return (
    <OptionalNumberField
      {...{ name, label, onChange }}
      hint={parameter.doc}
      min={parameter.least}
      max={parameter.most}
      step={parameter.whole === true ? 1 : "any"}
      value={typeof value === "number" ? value : null}
    />
  );
}
