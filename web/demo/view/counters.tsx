/** The figures of the run and of the device it runs on. */

import type { ModelInfo } from "unmask";
import { countersOf } from "../state/counters.ts";
import type { Trace } from "../state/trace.ts";

export function CountersView({ trace }: { trace: Trace }) {
  const { committed, forwards, tokensPerForward, tokensPerSecond } = countersOf(trace);
  const none = forwards === 0;
  return (
    <dl class="counters" aria-label="Counters">
      <Figure
        id="tokens-per-forward"
        label="tokens per forward"
        value={none ? "–" : tokensPerForward.toFixed(2)}
        strong
      />
      <Figure
        id="tokens-per-second"
        label="tokens per second"
        value={none ? "–" : rate(tokensPerSecond)}
        wide
      />
      <Figure id="forwards" label="forwards" value={none ? "–" : String(forwards)} />
      <Figure id="committed" label="tokens" value={none ? "–" : String(committed)} />
    </dl>
  );
}

interface FigureProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly strong?: boolean;
  readonly wide?: boolean;
}

export function Figure({ id, label, value, strong, wide }: FigureProps) {
  return (
    <div class={["figure", strong && "strong", wide && "wide"].filter(Boolean).join(" ")}>
      <dt>{label}</dt>
      <dd data-testid={`counter-${id}`}>{value}</dd>
    </div>
  );
}

function rate(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** Where the model runs and in which form. */
export function DeviceView({ info }: { info: ModelInfo }) {
  const { device } = info;
  const tier = [device.tier.f16 && "f16", device.tier.subgroups && "subgroups"].filter(Boolean);
  return (
    <dl class="facts" data-testid="device">
      <Fact id="device-kind" label="device" value={device.kind === "gpu" ? "GPU" : "CPU"} />
      {device.kind === "gpu" ? (
        <>
          <Fact id="adapter" label="adapter" value={device.adapter || "–"} />
          <Fact id="tier" label="tier" value={tier.length > 0 ? tier.join(" + ") : "baseline f32"} />
        </>
      ) : (
        <>
          <Fact id="threads" label="threads" value={String(device.threads)} />
          <Fact id="reason" label="chosen" value={device.reason} />
        </>
      )}
      <Fact id="dtype" label="weights" value={`${info.dtype}, ${megabytes(info.residentBytes)}`} />
      <Fact id="parameters" label="parameters" value={`${(info.parameters / 1e6).toFixed(1)} million`} />
    </dl>
  );
}

function Fact({ id, label, value }: { id: string; label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-testid={id}>{value}</dd>
    </div>
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
