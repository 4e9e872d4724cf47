/** Errors in words: what went wrong, and what to do about it. */

import { UnmaskError, type ErrorCode } from "unmask";
import type { Problem } from "./state/state.ts";

/** What the visitor can do, by code. */
export const remedies: Readonly<Record<ErrorCode, string>> = {
  no_webgpu: "Run on the CPU instead, or open this page in a browser with WebGPU.",
  device_lost:
    "The graphics device went away, often after sleep or a driver update. Try again to load the model anew.",
  out_of_memory: "Choose a smaller weight format (q8_0 or q4_0) or a shorter canvas, or close other tabs.",
  gpu: "Update the browser or the graphics driver, or choose the CPU in the settings.",
  missing_tensor: "The checkpoint is incomplete. Load a complete copy.",
  missing_file:
    "The model lacks a file. Give all of its files, or check the address; for the page's own, that the site was built with its models folder.",
  unsupported_model: "This kind of model is not supported yet. Choose another.",
  bad_file: "A model file is damaged. Reload the page to download it again.",
  bad_input: "Change the prompt or the settings named in the message.",
  context_overflow: "Shorten the prompt or the canvas.",
  network: "Check the connection, then try again.",
  aborted: "Start again when you like.",
  internal: "This is a bug in Unmask; a report is welcome. Try again to load the model anew.",
};

export function problemOf(error: unknown, during: Problem["during"]): Problem {
  const { code, message } = UnmaskError.from(error);
  return { code, message, during };
}
