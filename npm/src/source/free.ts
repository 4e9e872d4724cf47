/** Memory that need not wait for the collector. */

/** `ArrayBuffer` as ES2024 has it; older browsers do without. */
interface Transferable extends ArrayBuffer {
  transfer?(length: number): ArrayBuffer;
}

/**
 * Frees the memory of `buffer`, which nobody reads again. A collector sees a small object and is in no hurry: it would
 * let hundreds of megabytes of a download gather beside the model.
 */
export function free(buffer: Transferable): void {
  buffer.transfer?.(0);
}
