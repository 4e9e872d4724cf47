/** The address of the page and the state follow each other. */

import { fromHash, toHash } from "./state/share.ts";
import type { Store } from "./store.ts";

/** Reads the address now and whenever it changes. Returns how to stop that. */
export function followAddress({ dispatch }: Store): () => void {
  const read = (): void => dispatch({ type: "address", shared: fromHash(location.hash) });
  read();
  addEventListener("hashchange", read);
  return () => removeEventListener("hashchange", read);
}

/** Puts the link to what is on show into the address bar, and into the clipboard where the page may; says if it was. */
export async function share({ state }: Store): Promise<boolean> {
  history.replaceState(null, "", toHash(state));
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}
