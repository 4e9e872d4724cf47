/** Cancel: a button that stops a generation within one step and leaves what it wrote so far. */

/** Shows the canvas as it fills; resolves to the text, or to null when `button` was pressed before the end. */
export async function generateUntilStopped(model, prompt, length, button, output) {
  const controller = new AbortController();
  const stop = () => controller.abort();
  button.addEventListener("click", stop);
  const shown = Array(length).fill("▒");
  try {
    const generation = model.generate(prompt, { length, signal: controller.signal });
    for await (const { texts } of generation) {
      for (const { position, text } of texts) shown[position] = text;
      output.textContent = prompt + shown.join("");
    }
    return (await generation.result()).text;
  } catch (error) {
    if (error.code === "aborted") return null;
    throw error;
  } finally {
    button.removeEventListener("click", stop);
  }
}
