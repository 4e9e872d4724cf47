import { copyFileSync } from "node:fs";
import { resolve } from "node:path";
import webpack from "webpack";

const output = { path: resolve("dist"), filename: "main.js", clean: true };
webpack({ mode: "production", entry: "./app.js", output }, (error, stats) => {
  if (error || stats.hasErrors()) {
    console.error(error ?? stats.toString({ all: false, errors: true }));
    process.exit(1);
  }
  copyFileSync("index.html", "dist/index.html");
});
