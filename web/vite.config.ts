import { resolve } from "node:path";
import { defineConfig } from "vite";

/** Every page of the site. Addresses are relative, so that the site can live under any sub-path. */
export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    rollupOptions: {
      input: {
        index: resolve(import.meta.dirname, "index.html"),
        demo: resolve(import.meta.dirname, "demo/index.html"),
      },
    },
  },
  worker: { format: "es" },
});
