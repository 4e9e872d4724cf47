/** What stands in the way, and what to do: no WebGPU, or an error. */

import type { Capabilities } from "unmask";
import { remedies } from "../problems.ts";
import type { Problem } from "../state/state.ts";
import { whatIsMissing } from "../missing.ts";

export function UnsupportedNotice({
  capabilities,
  onCpu,
  onRetry,
}: {
  capabilities: Capabilities;
  onCpu: () => void;
  onRetry: () => void;
}) {
  const surroundings = { secure: isSecureContext, gpu: "gpu" in navigator, userAgent: navigator.userAgent };
  const { piece, title, remedy } = whatIsMissing(capabilities, surroundings);
  return (
    <div class="notice" role="alert" data-testid="unsupported" data-missing={piece}>
      <p class="notice-title">{title}</p>
      <p>{remedy}</p>
      <p class="notice-actions">
        <button type="button" class="primary" data-testid="use-cpu" onClick={onCpu}>
          Run on the CPU
        </button>
        <button type="button" class="action" data-testid="probe-again" onClick={onRetry}>
          Look again
        </button>
        <span class="aside">Slower, same text.</span>
      </p>
    </div>
  );
}

interface ProblemProps {
  readonly problem: Problem;
  readonly onRetry: () => void;
  readonly onCpu: () => void;
  readonly onDismiss: () => void;
}

export function ProblemNotice({ problem, onRetry, onCpu, onDismiss }: ProblemProps) {
  const offersCpu = ["no_webgpu", "gpu", "device_lost", "out_of_memory"].includes(problem.code);
  return (
    <div class="notice" role="alert" data-testid="problem" data-code={problem.code}>
      <p class="notice-title">
        {problem.message} <code>{problem.code}</code>
      </p>
      <p data-testid="remedy">{remedies[problem.code]}</p>
      <p class="notice-actions">
        <button type="button" class="primary" data-testid="retry" onClick={onRetry}>
          Try again
        </button>
        {offersCpu && (
          <button type="button" class="action" data-testid="use-cpu" onClick={onCpu}>
            Run on the CPU
          </button>
        )}
        <button type="button" class="action" data-testid="dismiss" onClick={onDismiss}>
          Dismiss
        </button>
      </p>
    </div>
  );
}
