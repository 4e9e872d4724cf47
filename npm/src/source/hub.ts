/** Model hub repositories. */

import { absoluteUrl } from "../thread.js";

const DEFAULT_HUB = "https://huggingface.co";
const REPOSITORY = /^([\w-][\w.-]*)\/([\w-][\w.-]*)(?:@([^@\s]+))?$/;

/** The address of the folder of `owner/name[@revision]`, or undefined when `id` is not of that form. */
export function hubFolder(id: string, hubUrl: string | URL = DEFAULT_HUB): string | undefined {
  const [, owner, name, revision = "main"] = REPOSITORY.exec(id) ?? [];
  if (!owner || !name) return undefined;
  // A revision may contain slashes ("refs/pr/1"), which the hub expects encoded.
  return `${absoluteUrl(hubUrl).replace(/\/+$/, "")}/${owner}/${name}/resolve/${encodeURIComponent(revision)}/`;
}
