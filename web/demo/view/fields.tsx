/** Form fields of the settings. */

import { useEffect, useState } from "preact/hooks";

interface NumberProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

/** A number; what is being typed stands until it is complete, so that fields can be emptied and retyped. */
export function NumberField({ name, label, hint, value, min, max, step, onChange }: NumberProps) {
  const [draft, setDraft] = useState(String(value));
  useEffect(() => {
    if (Number(draft) !== value) setDraft(String(value));
  }, [value]);
  return (
    <label class="number-field">
      <span class="label">{label}</span>
      <input
        type="number"
        data-testid={`option-${name}`}
        {...{ min, max, step }}
        value={draft}
        onInput={(event) => {
          const { valueAsNumber, validity, value: text } = event.currentTarget;
          setDraft(text);
          if (validity.valid && Number.isFinite(valueAsNumber)) onChange(valueAsNumber);
        }}
        onBlur={() => setDraft(String(value))}
      />
      {hint !== undefined && <span class="hint">{hint}</span>}
    </label>
  );
}

interface ChoiceProps<Value extends string> {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly (readonly [Value, string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

export function ChoiceField<Value extends string>({
  name,
  label,
  choices,
  value,
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
    </label>
  );
}
