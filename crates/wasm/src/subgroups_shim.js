// wgpu 30 cannot ask for the feature "subgroups" on the web (gfx-rs/wgpu#10146), though Chrome has it and the kernels
// gain by it. So every device is requested with it where its adapter offers it. Remove this once wgpu maps the feature.

const wrapped = Symbol.for("unmask.subgroups");

/** Makes `GPUAdapter.requestDevice` ask for "subgroups" as well. May be called again. */
export function request_subgroups() {
  const prototype = globalThis.GPUAdapter?.prototype;
  if (!prototype || prototype[wrapped]) return;
  const requestDevice = prototype.requestDevice;
  prototype.requestDevice = function (descriptor = {}) {
    const features = new Set(descriptor.requiredFeatures);
    if (this.features.has("subgroups")) features.add("subgroups");
    return requestDevice.call(this, { ...descriptor, requiredFeatures: [...features] });
  };
  prototype[wrapped] = true;
}
