/** What watches a transfer and what stops it. */

/** Bytes of a file that have come. */
export interface Arrival {
  /** The file's name in the checkpoint. */
  readonly file: string;
  /** Bytes that came now. */
  readonly bytes: number;
  /** Bytes of the whole file. */
  readonly total: number;
  /** Whether they were kept from an earlier visit; else they came from the network. */
  readonly kept: boolean;
}

/** Hooks of everything that reads files. */
export interface TransferHooks {
  readonly signal: AbortSignal;
  readonly onBytes: (arrival: Arrival) => void;
  /** Called when there is no more room to keep what comes. */
  readonly onFull: () => void;
  /** Milliseconds before the first repeated attempt; each further one waits twice as long. */
  readonly retryDelay?: number;
  /** How requests use the browser's own HTTP cache. */
  readonly httpCache?: RequestCache;
}
