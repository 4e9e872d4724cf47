import { resolve } from "node:path";
import { defineConfig } from "vite";
import { precache, WORKER } from "./offline/precache.ts";

/** Every page of the site. Addresses are relative, so that the site can live under any sub-path. */
export default defineConfig({
  base: "./",
  plugins: [precache()],
  build: {
    target: "es2022",
    rollupOptions: {
      input: {
        index: resolve(import.meta.dirname, "index.html"),
        conformance: resolve(import.meta.dirname, "conformance.html"),
        bench: resolve(import.meta.dirname, "bench.html"),
        demo: resolve(import.meta.dirname, "demo/index.html"),
        sw: resolve(import.meta.dirname, "offline/worker.ts"),
      },
      output: {
        // A service worker rules the folder it is in, and is looked for under the same name for ever.
        entryFileNames: ({ name }) => (name === "sw" ? WORKER : "assets/[name]-[hash].js"),
      },
    },
  },
  worker: { format: "es" },
});
