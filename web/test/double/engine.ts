/** A double of the package for the demo's tests, steered by the address of the page. Never part of the product. */

import { UnmaskError, type Capabilities, type LoadStage } from "unmask";
import type { Engine } from "../../demo/engine.ts";
import { doubleModel, info } from "./model.ts";

/**
 * `?pace=` milliseconds of a forward, `load=` of a stage, `webgpu=0`: no adapter,
 * `stop=` position of the end of the text,
 * `failload`: the first load fails, `fail=<code>`: the first generation fails.
 */
export function doubleEngine(search: string): Engine {
  const query = new URLSearchParams(search);
  const pause = Number(query.get("load") ?? 30);
  let failLoad = query.get("failload");
  return {
    capabilities: async () => capabilitiesOf(query.get("webgpu") !== "0"),
    loadModel: async (_source, { device, onProgress, signal } = {}) => {
      for (const [stage, share] of steps) {
        const loaded = share * 13_913_992;
        onProgress?.({ stage, loaded, total: 13_913_992, files: [], storage: "none" });
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (signal?.aborted) throw new UnmaskError("aborted", "Loading was cancelled.");
        if (failLoad !== null && share === 0.5) {
          failLoad = null;
          refuse();
        }
      }
      const fail =
        query.get("fail") === "device_lost" ? "device_lost" : query.has("fail") ? "bad_input" : undefined;
      return doubleModel(
        {
          pace: Number(query.get("pace") ?? 80),
          stop: query.has("stop") ? Number(query.get("stop")) : undefined,
          fail,
        },
        device === "cpu" ? onCpu : info,
      );
    },
  };
}

const onCpu = {
  ...info,
  device: { ...info.device, kind: "cpu", adapter: "", tier: { f16: false, subgroups: false } },
} as const;

const steps: readonly (readonly [LoadStage, number])[] = [
  ["probe", 0],
  ["download", 0.2],
  ["download", 0.5],
  ["download", 0.9],
  ["upload", 1],
  ["compile", 1],
];

function refuse(): never {
  throw new UnmaskError("network", "model.safetensors: the connection closed at 6.9 of 13.9 MB.");
}

function capabilitiesOf(webgpu: boolean): Capabilities {
  const reason = webgpu ? {} : { reason: "requestAdapter() returned null." };
  return {
    webgpu,
    adapter: webgpu ? "Test double" : "",
    backend: "",
    f16: webgpu,
    subgroups: webgpu,
    limits: {},
    threads: 1,
    ...reason,
  };
}
