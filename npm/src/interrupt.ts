/** Waiting that a signal can end. */

import { UnmaskError, aborted } from "./errors.js";

/** The error a raised signal stands for: its reason if that is ours, else `aborted`. */
export function interruption(signal: AbortSignal, what: string): UnmaskError {
  return signal.reason instanceof UnmaskError ? signal.reason : aborted(what);
}

/** Settles as `promise` does, or rejects as soon as `signal` is raised; `what` names the call in the message. */
export function unlessInterrupted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(interruption(signal, what));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** One signal raised by any of `signals`. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

/**
 * Lets other tasks run: messages, paint. A step on the CPU executor awaits only microtasks, so without this a cancel
 * would wait for the whole generation. Not a timer, since nested timers are held back by 4 ms.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
