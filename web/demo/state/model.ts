/** Which model the page runs: the one that came with it, or one that the visitor brings. */

import type { ModelSource } from "unmask";
import { catalogue, folderUrl } from "../catalogue.ts";

export type ModelChoice =
  | { readonly kind: "catalogue"; readonly id: string }
  /** A hub repository, `"owner/name"` or `"owner/name@revision"`, or the address of a folder or a GGUF file. */
  | { readonly kind: "address"; readonly address: string }
  /** Files of a checkpoint folder, or one GGUF file. */
  | { readonly kind: "files"; readonly files: readonly File[] };

export const defaultModel: ModelChoice = { kind: "catalogue", id: catalogue[0].id };

/** What `loadModel` is given, for a page at `page`. */
export function sourceOf(choice: ModelChoice, page: string | URL): ModelSource {
  switch (choice.kind) {
    case "catalogue":
      return folderUrl(catalogue.find(({ id }) => id === choice.id) ?? catalogue[0], page);
    case "address":
      return choice.address;
    case "files":
      return choice.files;
  }
}

/** The model in a few words. */
export function modelName(choice: ModelChoice): string {
  switch (choice.kind) {
    case "catalogue":
      return (catalogue.find(({ id }) => id === choice.id) ?? catalogue[0]).name;
    case "address":
      return choice.address;
    case "files":
      return choice.files.length === 1 ? (choice.files[0]?.name ?? "") : `${choice.files.length} files`;
  }
}
