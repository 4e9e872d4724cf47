/**
 * Line breaks stand still while a run goes on: tokens narrower or wider than their blocks shift only what follows
 * in their own line. When the run ends the text is set anew, once.
 */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { lineStarts } from "./geometry.ts";

/** The positions before which a line ends while `running`; `null` while lines break by themselves. */
export function useFrozenLines(
  root: RefObject<HTMLElement | null>,
  running: boolean,
): ReadonlySet<number> | null {
  const [breaks, setBreaks] = useState<ReadonlySet<number> | null>(null);
  useLayoutEffect(() => {
    setBreaks(running && root.current ? new Set(lineStarts(root.current)) : null);
  }, [running]);
  useEffect(() => {
    // Lines measured at another width mean nothing.
    const release = (): void => setBreaks(null);
    addEventListener("resize", release);
    return () => removeEventListener("resize", release);
  }, []);
  return breaks;
}
