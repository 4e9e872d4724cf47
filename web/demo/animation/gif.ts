/** A trace as an animated GIF: one picture a step, in the colours of the page. */

import { applyPalette, GIFEncoder, quantize } from "gifenc";
import { comingTexts, keysOf, scrubTo, shownCanvas, type Trace } from "../state/trace.ts";
import { layOut, type Layout, type Word } from "./layout.ts";

const WIDTH = 720;
const MARGIN = 28;
const LINE = 38;
const SIZE = 22;
/** Milliseconds a step is shown, and the last one. */
const DELAY = { step: 140, last: 2500 } as const;
/** Steps beyond are left out evenly: a picture of each would make the file large. */
const MOST = 160;
const COLOURS = 64;

/** The picture's colours by what they are for, as the style sheet names them. */
type Colours = Readonly<Record<"sheet" | "ink" | "soft" | "mask" | "sure" | "unsure", string>>;

/** The animation of a trace; a stop token and what is behind it are left out. */
export async function gifOf(trace: Trace, stopIds: readonly number[]): Promise<Blob> {
  await document.fonts.ready;
  const context = newContext();
  const layouts = stepsOf(trace.frames.length).map((shown) => {
    const words = [...leadOf(trace), ...wordsOf(scrubTo(trace, shown), stopIds)];
    return layOut(words, WIDTH - 2 * MARGIN, SIZE * 2, (text) => context.measureText(text).width);
  });
  const height = Math.max(...layouts.map(({ lines }) => lines)) * LINE + 2 * MARGIN;
  const pixels = drawer(context, height, coloursOfPage());
  const encoder = GIFEncoder();
  const palette = quantize(joined(pixels(layouts.at(0)), pixels(layouts.at(-1))), COLOURS);
  for (const [index, layout] of layouts.entries()) {
    const delay = index === layouts.length - 1 ? DELAY.last : DELAY.step;
    const indices = applyPalette(pixels(layout), palette);
    encoder.writeFrame(indices, WIDTH, height, index === 0 ? { palette, delay } : { delay });
    // The page stays awake between pictures.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  encoder.finish();
  return new Blob([encoder.bytes()], { type: "image/gif" });
}

/** The steps that get a picture: all, or so many of them with the first and the last. */
export function stepsOf(frames: number): number[] {
  const count = Math.min(frames + 1, MOST);
  return Array.from({ length: count }, (_, index) => Math.round((index * frames) / Math.max(1, count - 1)));
}

function leadOf({ lead }: Trace): Word[] {
  const words = lead.text.replaceAll("\n", " ").split(/(?= )/);
  return words.map((text) => ({ text, masked: false, confidence: null }));
}

function wordsOf(trace: Trace, stopIds: readonly number[]): Word[] {
  const canvas = shownCanvas(trace);
  const keys = keysOf(trace, trace.shown);
  const coming = comingTexts(trace);
  const end = canvas.findIndex(({ id }) => id !== null && stopIds.includes(id));
  return canvas.slice(0, end < 0 ? undefined : end).map(({ id, text, confidence }, index) => ({
    text: id === null ? (coming?.get(keys[index] ?? -1) ?? "") : text,
    masked: id === null,
    confidence,
  }));
}

function newContext(): CanvasRenderingContext2D {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("The browser gives no 2D canvas to draw the animation on.");
  context.font = fontOfPage();
  return context;
}

function fontOfPage(): string {
  return `${SIZE}px ${styleOfPage("--serif")}`;
}

function styleOfPage(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function coloursOfPage(): Colours {
  const names = ["sheet", "ink", "soft", "mask", "sure", "unsure"] as const;
  return Object.fromEntries(names.map((name) => [name, styleOfPage(`--${name}`)])) as Colours;
}

/** Draws layouts on one canvas and gives their pixels. */
function drawer(context: CanvasRenderingContext2D, height: number, colours: Colours) {
  context.canvas.width = WIDTH;
  context.canvas.height = height;
  // A canvas that changes its size forgets the rest.
  context.font = fontOfPage();
  context.textBaseline = "alphabetic";
  return (layout: Layout | undefined): Uint8ClampedArray => {
    context.fillStyle = colours.sheet;
    context.fillRect(0, 0, WIDTH, height);
    for (const word of layout?.words ?? []) drawWord(context, word, colours);
    return context.getImageData(0, 0, WIDTH, height).data;
  };
}

function drawWord(context: CanvasRenderingContext2D, word: Layout["words"][number], colours: Colours): void {
  const [x, y] = [MARGIN + word.x, MARGIN + word.line * LINE + SIZE];
  if (word.masked) {
    context.fillStyle = colours.mask;
    context.beginPath();
    context.roundRect(x, y - SIZE + 4, word.width, SIZE - 2, 6);
    return context.fill();
  }
  context.fillStyle = word.confidence === null ? colours.soft : colours.ink;
  context.fillText(word.text, x, y);
  if (word.confidence === null || word.width === 0) return;
  const sure = Math.round(word.confidence * 100);
  context.fillStyle = `color-mix(in oklab, ${colours.sure} ${sure}%, ${colours.unsure})`;
  context.fillRect(x, y + 5, word.width, 3);
}

function joined(one: Uint8ClampedArray, other: Uint8ClampedArray): Uint8ClampedArray {
  const both = new Uint8ClampedArray(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
