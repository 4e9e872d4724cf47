/** The models the demo can load. A model is one record; nothing else knows where its files are. */

export interface CatalogueModel {
  readonly id: string;
  readonly name: string;
  /** One sentence for the visitor. */
  readonly about: string;
  /** Checkpoint folder, relative to the root of the site, or a hub repository. */
  readonly folder: string;
}

export const catalogue: readonly [CatalogueModel, ...CatalogueModel[]] = [
  {
    id: "tiny",
    name: "Tiny storyteller",
    about: "A diffusion model of 5.5 million parameters trained on children's stories and small tasks.",
    folder: "models/tiny/",
  },
];

/** The autoregressive model of the same size, tokenizer and texts, for races. */
export const twin: CatalogueModel = {
  id: "tiny-ar",
  name: "Autoregressive twin",
  about: "The same network trained on the same texts to write one token after the other.",
  folder: "models/tiny-ar/",
};

/** Address of a model's folder as seen from a page one folder below the root of the site. */
export function folderUrl(model: CatalogueModel, page: string | URL): URL {
  return new URL(`../${model.folder}`, page);
}
