/** Unmask: diffusion language models in the browser, on WebGPU. */

export { estimateMemory, loadModel } from "./anywhere.js";
export { capabilities } from "./capabilities.js";
export * from "./common.js";
