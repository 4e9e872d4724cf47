import { describe, expect, it } from "vitest";
import { stepsOf } from "../demo/animation/gif.ts";
import { layOut, type Word } from "../demo/animation/layout.ts";

const word = (text: string, masked = false): Word => ({ text, masked, confidence: 1 });
/** Ten pixels a character. */
const set = (words: Word[], width = 100) =>
  layOut(words, width, 20, (text) => text.length * 10).words.map(({ text, x, line }) => [text, x, line]);

describe("words of a picture", () => {
  it("stand behind each other with their spaces, and go on below", () => {
    expect(set([word("Once"), word(" upon"), word("a")])).toEqual([
      ["Once", 0, 0],
      ["upon", 50, 0],
      ["a", 90, 0],
    ]);
    expect(set([word("Once"), word(" upon"), word(" a")])).toEqual([
      ["Once", 0, 0],
      ["upon", 50, 0],
      ["a", 0, 1],
    ]);
  });

  it("end their line where the text does", () => {
    expect(set([word("a"), word("\n\n"), word("b")])).toEqual([
      ["a", 0, 0],
      ["", 0, 2],
      ["b", 0, 2],
    ]);
  });

  it("keep the width of what comes while they are masked", () => {
    expect(set([word("", true), word(" long", true), word(" b")])).toEqual([
      ["", 0, 0],
      ["long", 40, 0],
      ["b", 90, 0],
    ]);
  });
});

describe("the steps of an animation", () => {
  it("are all, or as many as fit with the first and the last", () => {
    expect(stepsOf(3)).toEqual([0, 1, 2, 3]);
    const many = stepsOf(1000);
    expect([many.length, many[0], many.at(-1)]).toEqual([160, 0, 1000]);
    expect(stepsOf(0)).toEqual([0]);
  });
});
