/** Streaming to React: a hook with the canvas as it fills, and a component that shows it. */
import { useEffect, useState } from "react";

/** What each position shows (null while it is masked), and whether the generation has ended. */
export function useGeneration(model, prompt, options) {
  const [state, setState] = useState({ pieces: [], done: false });
  useEffect(() => {
    const controller = new AbortController();
    const pieces = Array(options.length).fill(null);
    const run = async () => {
      const generation = model.generate(prompt, { ...options, signal: controller.signal });
      for await (const { texts } of generation) {
        for (const { position, text } of texts) pieces[position] = text;
        setState({ pieces: [...pieces], done: false });
      }
      // A text that ended early leaves nothing open behind its end.
      setState({ pieces: (await generation.result()).pieces, done: true });
    };
    run().catch((error) => {
      if (error.code !== "aborted") setState({ pieces, done: true, error });
    });
    // Another prompt, or leaving the page, ends the generation that is under way.
    return () => controller.abort();
  }, [model, prompt]);
  return state;
}

export function Story({ model, prompt, options }) {
  const { pieces, done, error } = useGeneration(model, prompt, options);
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <p aria-busy={!done}>
      {prompt}
      {pieces.map((text, at) => (text === null ? <mark key={at}> ▒</mark> : <span key={at}>{text}</span>))}
    </p>
  );
}
