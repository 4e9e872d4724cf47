/** One HTTP request for bytes, with its failures told apart. */

import { UnmaskError } from "../errors.js";
import { interruption } from "../interrupt.js";
import type { TransferHooks } from "./hooks.js";

/** A failure that another attempt may mend. */
export class TransientError extends UnmaskError {}

/**
 * Asks for the bytes `start` to `end` (exclusive) of `url`, or for all of it. The answer's status is 200, 206, 404,
 * 410 or 416; every other one is an error of code `network` that names address and status.
 */
export async function requestBytes(
  url: string,
  range: readonly [number, number] | undefined,
  { signal, httpCache = "default" }: Pick<TransferHooks, "signal" | "httpCache">,
): Promise<Response> {
  // With a Range header the browser asks for the bytes themselves, never for a compressed form of them.
  const headers = range ? { Range: `bytes=${range[0]}-${range[1] - 1}` } : {};
  let response: Response;
  try {
    response = await fetch(url, { headers, signal, cache: httpCache });
  } catch (error) {
    throw transferError(url, error, signal);
  }
  if ([200, 206, 404, 410, 416].includes(response.status)) return response;
  await discard(response);
  throw statusError(url, response);
}

/** The error for a transfer of `url` that broke off with `error`. */
export function transferError(url: string, error: unknown, signal: AbortSignal): UnmaskError {
  if (signal.aborted) return interruption(signal, "Loading");
  if (error instanceof UnmaskError) return error;
  const remedy = "Check the connection, and that the server allows requests from this page (CORS).";
  return new TransientError("network", `${url} could not be read: ${String(error)}. ${remedy}`, {
    cause: error,
  });
}

/** Ends a response whose body is not wanted. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

function statusError(url: string, { status, statusText }: Response): UnmaskError {
  const message = `${url} answered with HTTP status ${status}${statusText && ` ${statusText}`}.`;
  const passing = status === 408 || status === 429 || status >= 500;
  if (passing) return new TransientError("network", message);
  return new UnmaskError("network", `${message} Check the address and whether it needs a login.`);
}

/** Total size in a Content-Range header: `bytes 0-9/1234`. Undefined when it is hidden or unknown. */
export function totalOf(response: Response): number | undefined {
  const total = /\/(\d+)\s*$/.exec(response.headers.get("Content-Range") ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

/** What tells this content of an address from an earlier one: its ETag, or the date of its last change. */
export function versionOf({ headers }: Response): string {
  const version = headers.get("ETag") ?? headers.get("Last-Modified") ?? "";
  // The same content is "weak" once a proxy has compressed it.
  return version.replace(/^W\//, "");
}
