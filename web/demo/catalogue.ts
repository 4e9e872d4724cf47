/** The models the demo can load. A model is one record; nothing else knows where its files are. */

export interface CatalogueModel {
  readonly id: string;
  readonly name: string;
  /** One sentence for the visitor. */
  readonly about: string;
  /** Checkpoint folder, relative to the root of the site, or a hub repository. */
  readonly folder: string;
  /** Size of the download in bytes, shown before it begins. */
  readonly bytes: number;
}

export const catalogue: readonly [CatalogueModel, ...CatalogueModel[]] = [
  {
    id: "tiny",
    name: "Tiny storyteller",
    about: "A 7-million-parameter diffusion model trained on children's stories and small tasks.",
    folder: "models/tiny/",
    bytes: 13_913_992,
  },
];

/** Address of a model's folder as seen from a page one folder below the root of the site. */
export function folderUrl(model: CatalogueModel, page: string | URL): URL {
  return new URL(`../${model.folder}`, page);
}
