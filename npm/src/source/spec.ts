/** From what users pass as a source to plain data that can go to a worker. */

import { UnmaskError } from "../errors.js";
import { absoluteUrl } from "../thread.js";
import type { FileContent, ModelSource } from "../types.js";
import { pathAddress } from "./disk.js";
import { GGUF, isGguf, partsOf, soleModel } from "./gguf.js";
import { hubFolder } from "./hub.js";

/** A file given by name: its bytes, or its absolute address. */
export type FileSpec = Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | { readonly url: string };

/** A checkpoint folder as plain data: files below an address, or files by name. */
export type SourceSpec =
  | { readonly kind: "folder"; readonly url: string }
  | { readonly kind: "files"; readonly files: ReadonlyMap<string, FileSpec> };

/** What `source` means; `hubUrl` is the hub that repository ids refer to. */
export function resolveSource(source: ModelSource, hubUrl?: string | URL): SourceSpec {
  if (source instanceof URL) return addressSpec(source.href);
  if (typeof source === "string") return addressSpec(hubFolder(source, hubUrl) ?? folderAddress(source));
  if (isBytes(source)) return filesSpec([[GGUF, source]]);
  if (isFileList(source)) return filesSpec(Array.from(source, (file) => [nameInFolder(file), file]));
  if (typeof source === "object" && source !== null) return filesSpec(Object.entries(source));
  throw new UnmaskError(
    "bad_input",
    "The source is a folder URL, a hub id, a list of files, files by name, or the bytes of a GGUF file.",
  );
}

/** A folder; or, where the address is that of a GGUF file, just this file with the parts that belong to it. */
function addressSpec(url: string): SourceSpec {
  const { pathname } = new URL(url);
  if (!isGguf(pathname)) return { kind: "folder", url };
  const address = (real: string) => ({ url: Object.assign(new URL(url), { pathname: real }).href });
  const files = Array.from(partsOf(pathname), ([name, real]) => [name, address(real)] as const);
  return { kind: "files", files: new Map(files) };
}

function folderAddress(text: string): string {
  const path = isPath(text) ? pathAddress(text) : undefined;
  if (path) return path;
  if (/^(\.{0,2}\/|[a-z][a-z0-9+.-]*:)/i.test(text)) return absoluteUrl(text);
  throw new UnmaskError(
    "bad_input",
    `"${text}" is neither an address nor a hub id "owner/name"; a relative folder begins with "./".`,
  );
}

// Also a drive, `C:\\models`, which would else pass for the scheme of an address.
function isPath(text: string): boolean {
  return /^(\.{0,2}[/\\]|[a-z]:[/\\])/i.test(text);
}

function isFileList(source: object): source is FileList | readonly File[] {
  return Array.isArray(source) || (typeof FileList !== "undefined" && source instanceof FileList);
}

// A picked directory names its files "folder/config.json": the checkpoint's own names begin after the folder.
function nameInFolder(file: File): string {
  return file.webkitRelativePath ? file.webkitRelativePath.replace(/^[^/]*\//, "") : file.name;
}

function filesSpec(entries: readonly (readonly [string, FileContent])[]): SourceSpec {
  const given = new Map(entries.map(([name, content]) => [name, fileSpec(name, content)]));
  // A GGUF file alone is the model, whatever its name.
  const model = soleModel([...given.keys()]);
  if (model === undefined) return { kind: "files", files: given };
  const files = Array.from(partsOf(model), ([name, real]) => [name, given.get(real)] as const);
  return { kind: "files", files: new Map(files.flatMap(([name, file]) => (file ? [[name, file]] : []))) };
}

function isBytes(content: unknown): content is Blob | ArrayBuffer | Uint8Array<ArrayBuffer> {
  return content instanceof Blob || content instanceof ArrayBuffer || content instanceof Uint8Array;
}

function fileSpec(name: string, content: FileContent): FileSpec {
  if (content instanceof URL) return { url: content.href };
  if (isBytes(content)) return content;
  throw new UnmaskError(
    "bad_input",
    `The file "${name}" must be a Blob, an ArrayBuffer, a Uint8Array, a ReadableStream or a URL.`,
  );
}
