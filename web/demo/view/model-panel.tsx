/** Which model runs: the page's own, or the visitor's by hub id, address or files. */

import { useState } from "preact/hooks";
import { catalogue } from "../catalogue.ts";
import { modelName, type ModelChoice } from "../state/model.ts";

interface Props {
  readonly model: ModelChoice;
  readonly disabled: boolean;
  readonly onModel: (model: ModelChoice) => void;
}

export function ModelPanel({ model, disabled, onModel }: Props) {
  return (
    <details class="options" data-testid="model-panel">
      <summary>
        <span>Model</span>
        <span class="in-force" data-testid="model-name">
          {modelName(model)}
        </span>
      </summary>
      <fieldset disabled={disabled} class="models">
        <legend class="visually-hidden">Model</legend>
        {catalogue.map(({ id, name, about }) => (
          <p key={id} class="own">
            <button
              type="button"
              class="chip"
              data-testid={`model-${id}`}
              aria-pressed={model.kind === "catalogue" && model.id === id}
              onClick={() => onModel({ kind: "catalogue", id })}
            >
              {name}
            </button>
            <span class="hint">{about}</span>
          </p>
        ))}
        <AddressField onModel={onModel} />
        <FilesField onModel={onModel} />
      </fieldset>
    </details>
  );
}

function AddressField({ onModel }: Pick<Props, "onModel">) {
  const [address, setAddress] = useState("");
  const written = address.trim();
  return (
    <form
      class="own"
      onSubmit={(event) => {
        event.preventDefault();
        if (written !== "") onModel({ kind: "address", address: written });
      }}
    >
      <label>
        <span class="label">Hub id, or the address of a folder or a GGUF file</span>
        <input
          type="text"
          spellcheck={false}
          autocomplete="off"
          placeholder="owner/name or https://…"
          data-testid="model-address"
          value={address}
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="action" data-testid="model-load" disabled={written === ""}>
        Load
      </button>
    </form>
  );
}

function FilesField({ onModel }: Pick<Props, "onModel">) {
  return (
    <label>
      <span class="label">Files: config.json, model.safetensors and tokenizer.json, or one GGUF file</span>
      <input
        type="file"
        multiple
        accept=".json,.safetensors,.gguf,.jinja,.txt"
        data-testid="model-files"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // So that the same files can be picked again after they were mended.
          event.currentTarget.value = "";
          if (files.length > 0) onModel({ kind: "files", files });
        }}
      />
    </label>
  );
}
