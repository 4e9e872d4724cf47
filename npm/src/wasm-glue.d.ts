/**
 * Stands in for wasm-bindgen's output while it is not built. Once it is, TypeScript finds the real declarations at the
 * import itself, and `wasm.ts` checks them against `WasmModule`.
 */
declare module "*/unmask_threads.js" {
  type Api = import("./wasm-api.js").WasmModule;
  interface Parts {
    module: WebAssembly.Module;
    memory: WebAssembly.Memory;
  }
  export const WasmModel: Api["WasmModel"];
  export const onPanic: Api["onPanic"];
  export const version: Api["version"];
  export function sharedParts(): Parts;
  export function openThreads(): void;
  export function closeThreads(): void;
  export function serveThread(): void;
  export function failThread(): void;
  export function initSync(parts: Parts): unknown;
  export default function init(options: { module_or_path: string }): Promise<unknown>;
}
declare module "*/unmask_wasm.js" {
  type Api = import("./wasm-api.js").WasmModule;
  export const WasmModel: Api["WasmModel"];
  export const onPanic: Api["onPanic"];
  export const version: Api["version"];
  export default function init(options: {
    module_or_path: string | URL | Uint8Array<ArrayBuffer>;
  }): Promise<unknown>;
}
