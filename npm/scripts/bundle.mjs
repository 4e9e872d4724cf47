/**
 * Bundles what has to be one file: dist/unmask.min.js, the package for pages without a bundler, and
 * threads/unmask_threads.min.js, the glue of the build for threads, which is its workers' script as well. Each finds its
 * wasm where it is in the package.
 */
import { build } from "esbuild";

const options = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: false,
  legalComments: "none",
  logLevel: "warning",
};
const outputs = {
  "dist/single-file.js": "dist/unmask.min.js",
  "dist/threads/engine.js": "threads/unmask_threads.min.js",
};
for (const [entry, outfile] of Object.entries(outputs))
  await build({ ...options, entryPoints: [entry], outfile });
