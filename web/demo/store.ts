/** One value, one way to change it, and whoever listens. */

import { useEffect, useState } from "preact/hooks";
import type { Action } from "./state/actions.ts";
import { reduce } from "./state/reducer.ts";
import type { State } from "./state/state.ts";

export type Dispatch = (action: Action) => void;

export class Store {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  readonly dispatch: Dispatch = (action) => {
    this.#state = reduce(this.#state, action);
    for (const listener of this.#listeners) listener();
  };

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The state of `store`; the component renders again when it changes. Preact gathers changes into one render. */
export function useStore(store: Store): State {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);
    return store.subscribe(() => setState(store.state));
  }, [store]);
  return state;
}
