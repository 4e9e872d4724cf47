/**
 * Runs one small compute shader and says on which adapter: the proof that the rig really has WebGPU.
 * The same file serves the page and, loaded as a module worker, the worker.
 */

// y[i] = x[i]² + i
const SHADER = /* wgsl */ `
  @group(0) @binding(0) var<storage, read> x: array<f32>;
  @group(0) @binding(1) var<storage, read_write> y: array<f32>;
  @compute @workgroup_size(64)
  fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < arrayLength(&x)) { y[id.x] = x[id.x] * x[id.x] + f32(id.x); }
  }`;

/** @returns {Promise<{ adapter: string, features: string[], wrong: number }>} */
export async function compute(length = 1000) {
  if (!navigator.gpu) throw new Error("navigator.gpu is missing");
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("requestAdapter() gave no adapter");
  const device = await adapter.requestDevice();
  device.pushErrorScope("validation");
  const x = Float32Array.from({ length }, (_, i) => i / 8);
  const y = await dispatch(device, x);
  const error = await device.popErrorScope();
  device.destroy();
  if (error) throw new Error(error.message);
  return {
    adapter: describe(adapter.info),
    features: [...adapter.features],
    wrong: y.filter((value, i) => value !== x[i] * x[i] + i).length,
  };
}

/** Firefox names no software adapter, but says that it is one. */
function describe({ vendor, architecture, device, description, isFallbackAdapter }) {
  const name = [vendor, architecture, device, description].filter(Boolean).join(" ");
  return `${name || "unnamed"}${isFallbackAdapter ? " (fallback adapter)" : ""}`;
}

async function dispatch(device, x) {
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const size = x.byteLength;
  const input = device.createBuffer({ size, usage: STORAGE | COPY_DST });
  const output = device.createBuffer({ size, usage: STORAGE | COPY_SRC });
  const readback = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
  device.queue.writeBuffer(input, 0, x);
  const module = device.createShaderModule({ code: SHADER });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const entries = [input, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.ceil(x.length / 64));
  pass.end();
  encoder.copyBufferToBuffer(output, 0, readback, 0, size);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  return new Float32Array(readback.getMappedRange().slice(0));
}

if (typeof DedicatedWorkerGlobalScope !== "undefined") {
  const answer = await compute().catch((error) => ({ error: String(error) }));
  self.postMessage(answer);
}
