/** A vite plugin: tells the service worker which files the build made. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { Plugin } from "vite";

/** Name of the service worker at the root of the site. */
export const WORKER = "sw.js";

export function precache(): Plugin {
  return {
    name: "unmask-precache",
    apply: "build",
    enforce: "post",
    writeBundle({ dir = "dist" }) {
      const worker = join(dir, WORKER);
      const code = readFileSync(worker, "utf8");
      writeFileSync(worker, `const PRECACHE=${JSON.stringify(listOf(dir))};\n${code}`);
    },
  };
}

/** Everything in the folder, pages by the addresses they are visited at. */
function listOf(folder: string): { version: string; files: string[] } {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== WORKER)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(readFileSync(join(folder, name)));
  const files = names.map(
    (name) =>
      name
        .split(sep)
        .join("/")
        .replace(/(^|\/)index\.html$/, "$1") || "./",
  );
  return { version: hash.digest("hex").slice(0, 12), files };
}
