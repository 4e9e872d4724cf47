/** Unmask: diffusion language models in the browser, on WebGPU. */

export { UnmaskError, ERROR_CODES } from "./errors.js";
export type { ErrorCode } from "./errors.js";
export { mask } from "./template.js";
export { loadModel } from "./load.js";
export { capabilities } from "./capabilities.js";
export type { Generation } from "./generation.js";
export type * from "./types.js";
