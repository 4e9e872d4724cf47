/** The part of gifenc that is used; the package brings no types. */
declare module "gifenc" {
  /** Red, green and blue, 0 to 255 each. */
  export type Palette = number[][];

  export interface FrameOptions {
    /** Of the first frame: the palette of all. */
    readonly palette?: Palette;
    /** Milliseconds that it is shown. */
    readonly delay?: number;
  }

  export interface Encoder {
    writeFrame(indices: Uint8Array, width: number, height: number, options?: FrameOptions): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
  }

  export function GIFEncoder(): Encoder;
  export function quantize(rgba: Uint8Array | Uint8ClampedArray, colours: number): Palette;
  export function applyPalette(rgba: Uint8Array | Uint8ClampedArray, palette: Palette): Uint8Array;
}
