/** One error class whose `code` is stable across wasm, worker and page. */

/** Every code, with what it means. The engine's own words, and `internal` for a bug in Unmask. */
export const ERROR_CODES = [
  "no_webgpu", // the browser offers no WebGPU adapter
  "device_lost", // the GPU went away; load the model again
  "out_of_memory", // a buffer did not fit on the device
  "gpu", // a GPU call failed for another reason
  "missing_tensor", // the checkpoint lacks a tensor its architecture needs
  "missing_file", // the checkpoint lacks a file
  "unsupported_model", // the architecture or one of its options is not supported
  "bad_file", // a file is truncated, corrupt or lies about itself
  "bad_input", // the caller asked for something impossible
  "context_overflow", // prompt and canvas do not fit the model's context
  "network", // a download failed
  "aborted", // the caller cancelled
  "internal", // a bug in Unmask: the model must be loaded again, and a report is welcome
] as const;

/** A stable word to match on. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error as plain data, the form in which it crosses a worker's border. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What every call of the package throws: match on `code`, show `message`. */
export class UnmaskError extends Error {
  override readonly name = "UnmaskError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The error that `value`, thrown by anything, stands for. */
  static from(value: unknown): UnmaskError {
    if (value instanceof UnmaskError) return value;
    const { name, code, message } = fieldsOf(value);
    if (isErrorCode(code)) return new UnmaskError(code, message, { cause: value });
    if (name === "AbortError") return new UnmaskError("aborted", message, { cause: value });
    return new UnmaskError("internal", message, { cause: value });
  }

  /** Plain data for `postMessage`. */
  toData(): ErrorData {
    return { code: this.code, message: this.message };
  }
}

/** The error of a call whose signal was raised. */
export function aborted(what: string): UnmaskError {
  return new UnmaskError("aborted", `${what} was cancelled.`);
}

function isErrorCode(word: unknown): word is ErrorCode {
  return (ERROR_CODES as readonly unknown[]).includes(word);
}

function fieldsOf(value: unknown): { name?: unknown; code?: unknown; message: string } {
  if (typeof value !== "object" || value === null) return { message: String(value) };
  const { name, code, message } = value as { name?: unknown; code?: unknown; message?: unknown };
  return { name, code, message: typeof message === "string" ? message : String(value) };
}
