/** Progress of a load: what the engine reports, and what its files do meanwhile. */

import type { Arrival } from "./source/hooks.js";
import type { FileProgress, Progress, StorageKind } from "./types.js";
import type { EngineProgress } from "./wasm-api.js";

/** Milliseconds between two reports of bytes: more would only keep the page busy. */
const INTERVAL = 50;

/** Puts the reports of engine and files together. */
export class LoadProgress {
  readonly #report: (progress: Progress) => void;
  readonly #files = new Map<string, FileProgress>();
  #engine: EngineProgress = { stage: "probe", loaded: 0, total: 0 };
  #storage: Progress["storage"];
  #reported = -Infinity;

  /** `storage`: where what is downloaded is kept. */
  constructor(report: (progress: Progress) => void, storage: StorageKind | undefined) {
    this.#report = report;
    this.#storage = storage ?? "none";
  }

  /** The engine tells where it is. */
  readonly engine = (progress: EngineProgress): void => {
    this.#engine = progress;
    this.#send(progress);
  };

  /** Bytes of a file came. */
  readonly arrival = ({ file, bytes, total, kept }: Arrival): void => {
    const known = this.#files.get(file) ?? { file, loaded: 0, kept: 0 };
    const loaded = Math.min(known.loaded + bytes, total);
    this.#files.set(file, { file, loaded, total, kept: known.kept + (kept ? bytes : 0) });
    if (loaded < total && performance.now() - this.#reported < INTERVAL) return;
    this.#send({ ...this.#aggregate(loaded, total), file });
  };

  /** There is no more room to keep what comes. */
  readonly full = (): void => {
    if (this.#storage === "full") return;
    this.#storage = "full";
    this.#send(this.#engine);
  };

  // A server without ranges sends all of the weights before the engine sees the first: then its file is the measure.
  #aggregate(loaded: number, total: number): EngineProgress {
    const isLarge = total > 1 << 20;
    return this.#engine.total === 0 && isLarge ? { stage: "download", loaded, total } : this.#engine;
  }

  #send(progress: EngineProgress & { file?: string }): void {
    this.#reported = performance.now();
    this.#report({ ...progress, files: [...this.#files.values()], storage: this.#storage });
  }
}
