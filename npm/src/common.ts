/** What the entries of the package have in common. */

export { UnmaskError, ERROR_CODES } from "./errors.js";
export type { ErrorCode, ErrorData } from "./errors.js";
export { deleteCached, isCached, listCached } from "./cache.js";
export { fill, mask } from "./template.js";
export type { Generation } from "./generation.js";
export type * from "./types.js";
