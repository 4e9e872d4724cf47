/** Bundles dist/unmask.min.js, the package in one file. The wasm stays beside it, as it does in the package. */
import { build } from "esbuild";

await build({
  entryPoints: ["dist/single-file.js"],
  outfile: "dist/unmask.min.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: false,
  legalComments: "none",
  logLevel: "warning",
});
