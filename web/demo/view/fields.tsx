/** Form fields of the settings. */

import { useEffect, useState } from "preact/hooks";

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Distance of allowed numbers; "any" has none. */
  readonly step: number | "any";
}

interface NumberProps extends FieldProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
}

interface OptionalNumberProps extends FieldProps {
  /** `null`: left to the engine. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

/** A number that may be left out: an emptied field says so. */
export function OptionalNumberField({
  name,
  label,
  hint,
  value,
  min,
  max,
  step,
  onChange,
}: OptionalNumberProps) {
  const written = value === null ? "" : String(value);
  const [draft, setDraft] = useState(written);
  useEffect(() => {
    if (draft === "" ? value !== null : Number(draft) !== value) setDraft(written);
  }, [value]);
  return (
    <label class="number-field">
      <span class="label">{label}</span>
      <input
        type="number"
        data-testid={`option-${name}`}
        placeholder="auto"
        title={hint}
        {...{ min, max, step }}
        value={draft}
        onInput={(event) => {
          const { valueAsNumber, validity, value: text } = event.currentTarget;
          setDraft(text);
          if (text === "" && validity.valid) onChange(null);
          else if (validity.valid && Number.isFinite(valueAsNumber)) onChange(valueAsNumber);
        }}
        onBlur={() => setDraft(written)}
      />
      {hint !== undefined && <span class="hint">{hint}</span>}
    </label>
  );
}

/** A number; what is being typed stands until it is complete, so that fields can be emptied and retyped. */
export function NumberField({ onChange, ...field }: NumberProps) {
  return <OptionalNumberField {...field} onChange={(value) => value !== null && onChange(value)} />;
}

interface ChoiceProps<Value extends string> {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly (readonly [Value, string])[];
  readonly value: Value;
  readonly hint?: string | undefined;
  readonly onChange: (value: Value) => void;
}

export function ChoiceField<Value extends string>({
  name,
  label,
  choices,
  value,
  hint,
  onChange,
}: ChoiceProps<Value>) {
  return (
    <label class="choice-field">
      <span class="label">{label}</span>
      <select
        data-testid={`option-${name}`}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value as Value)}
      >
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
      {hint !== undefined && <span class="hint">{hint}</span>}
    </label>
  );
}
