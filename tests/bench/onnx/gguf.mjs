/** Reads the tensors of a GGUF file that `unmask convert` wrote, as ONNX keeps them. */
import { readFile } from "node:fs/promises";
import { GGMLQuantizationType, gguf } from "@huggingface/gguf";

/** Weights of a block of q4_0, and its bytes: an f16 scale, then 16 bytes of two quants each. */
const BLOCK = 32;
const BLOCK_BYTES = 18;

/**
 * @typedef {object} Weights
 * @property {Record<string, unknown>} metadata
 * @property {(name: string) => boolean} has
 * @property {(name: string) => Float32Array} floats a tensor's numbers, of either format
 * @property {(name: string) => { n: number, k: number, quants: Uint8Array, scales: Float32Array }} blocks a matrix
 *   [n, k] of q4_0 in the order of MatMulNBits: byte j of a block has elements 2j (low) and 2j + 1
 */

/**
 * @param {string} path
 * @returns {Promise<Weights>}
 */
export async function read(path) {
  const { metadata, tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true });
  const file = new Uint8Array(await readFile(path));
  const infos = new Map(tensorInfos.map((info) => [info.name, info]));
  const tensor = (name) => {
    const info = infos.get(name);
    if (!info) throw new Error(`${path} has no tensor ${name}`);
    const start = Number(tensorDataOffset + info.offset);
    const [k, n = 1] = info.shape.map(Number);
    return { n, k, dtype: info.dtype, bytes: file.subarray(start) };
  };
  const blocks = (name) => {
    const { n, k, dtype, bytes } = tensor(name);
    if (dtype !== GGMLQuantizationType.Q4_0) throw new Error(`${name} is not q4_0`);
    return { n, k, ...unpack(bytes, (n * k) / BLOCK) };
  };
  const floats = (name) => {
    const { n, k, dtype, bytes } = tensor(name);
    if (dtype === GGMLQuantizationType.F32) return new Float32Array(bytes.slice(0, 4 * n * k).buffer);
    return dequantize(blocks(name));
  };
  return { metadata, has: (name) => infos.has(name), floats, blocks };
}

function unpack(bytes, count) {
  const quants = new Uint8Array((count * BLOCK) / 2);
  const scales = new Float32Array(count);
  const element = (at, i) => (i < 16 ? bytes[at + i] & 15 : bytes[at + i - 16] >> 4);
  for (let block = 0; block < count; block++) {
    const at = block * BLOCK_BYTES;
    scales[block] = half(bytes[at] | (bytes[at + 1] << 8));
    for (let j = 0; j < 16; j++) {
      quants[block * 16 + j] = element(at + 2, 2 * j) | (element(at + 2, 2 * j + 1) << 4);
    }
  }
  return { quants, scales };
}

function dequantize({ quants, scales }) {
  const quant = (i) => (i % 2 ? quants[i >> 1] >> 4 : quants[i >> 1] & 15) - 8;
  return Float32Array.from({ length: quants.length * 2 }, (_, i) => scales[Math.floor(i / BLOCK)] * quant(i));
}

/** The number that the 16 bits of an f16 say. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}
