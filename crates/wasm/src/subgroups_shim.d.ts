/** Makes `GPUAdapter.requestDevice` ask for "subgroups" as well. May be called again. */
export function request_subgroups(): void;
