/** Puts the page into the document. */

import { render } from "preact";
import { App } from "./app.tsx";
import type { Engine } from "./engine.ts";
import "./styles/demo.css";

export function mount(engine: Engine): void {
  const root = document.getElementById("app");
  if (root === null) throw new Error("The page has no element #app.");
  render(<App engine={engine} />, root);
}
