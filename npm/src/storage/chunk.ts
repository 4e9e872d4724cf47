/** Files are kept in chunks, each with the hash of its bytes behind them. */

/** Bytes of a chunk; the last one of a file is shorter. What the engine reads at a time is as long. */
export const CHUNK_BYTES = 4 << 20;

const HASH_BYTES = 32;

/** Where chunk `index` of a file of `size` bytes lies: from `start` to `end` (exclusive). */
export function chunkRange(index: number, size: number): { start: number; end: number } {
  const start = index * CHUNK_BYTES;
  return { start, end: Math.min(start + CHUNK_BYTES, size) };
}

/** Room for a sealed chunk. */
export const SEALED_BYTES = CHUNK_BYTES + HASH_BYTES;

/** `bytes`, and their SHA-256 behind them, in `buffer`. */
export async function seal(
  bytes: Uint8Array<ArrayBuffer>,
  buffer = new ArrayBuffer(bytes.length + HASH_BYTES),
): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = new Uint8Array(buffer, 0, bytes.length + HASH_BYTES);
  sealed.set(bytes);
  sealed.set(await sha256(bytes), bytes.length);
  return sealed;
}

/** The `length` bytes in `sealed`, or undefined where they are not what was sealed. */
export async function unseal(
  sealed: Uint8Array<ArrayBuffer>,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (sealed.length !== length + HASH_BYTES) return undefined;
  const bytes = sealed.subarray(0, length);
  const hash = await sha256(bytes);
  return hash.every((byte, at) => byte === sealed[length + at]) ? bytes : undefined;
}

/** 32 hexadecimal digits that stand for `text` as the name of a file. */
export async function nameOf(text: string): Promise<string> {
  const hash = await sha256(new TextEncoder().encode(text));
  return Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** SHA-256; FNV-1a in eight lanes on insecure pages, whose only store is this thread's own memory. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (globalThis.crypto?.subtle) return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const lanes = new Uint32Array(HASH_BYTES / 4).fill(0x811c9dc5);
  for (const [at, byte] of bytes.entries()) {
    const lane = at % lanes.length;
    lanes[lane] = Math.imul((lanes[lane] ?? 0) ^ byte, 0x01000193);
  }
  return new Uint8Array(lanes.buffer);
}
