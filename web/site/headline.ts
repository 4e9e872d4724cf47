/** Draws the headline the way the engine writes: blocks first, words in no order. It is a drawing, not a model at work. */

const headline = document.getElementById("headline");
if (headline !== null && !matchMedia("(prefers-reduced-motion: reduce)").matches) unmask(headline);

function unmask(element: HTMLElement): void {
  const words = (element.textContent ?? "").trim().split(/\s+/);
  const drawn = words.flatMap((word, index) => [wordOf(word, delayOf(index, words.length)), " "]);
  // Screen readers read the sentence, not its pieces.
  element.setAttribute("aria-label", words.join(" "));
  element.replaceChildren(...drawn);
}

function wordOf(text: string, delay: number): HTMLElement {
  const word = document.createElement("span");
  word.className = "word";
  word.textContent = text;
  word.style.animationDelay = `${delay.toFixed(2)}s`;
  return word;
}

/** Seconds until a word appears: a fixed shuffle, spread over two seconds. */
function delayOf(index: number, count: number): number {
  return 0.4 + (((index * 7 + 3) % count) / count) * 2;
}
