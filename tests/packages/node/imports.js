/** Imports every entry in a runtime that lacks what browsers, Node, Deno and Bun do not have in common. */
for (const name of ["process", "Buffer", "navigator", "Worker", "crypto", "performance", "global", "setImmediate"])
  Reflect.deleteProperty(globalThis, name);
const entries = ["unmask", "unmask/direct", "unmask/catalog"];
const modules = await Promise.all(entries.map((entry) => import(entry)));
console.log(JSON.stringify(modules.map((module) => Object.keys(module).length)));
