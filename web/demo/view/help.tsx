/** The keys, for eyes and screen readers alike. */

import { shortcuts } from "./canvas-keys.ts";

export function Help() {
  return (
    <details class="help" data-testid="help">
      <summary>Keyboard</summary>
      <dl>
        {shortcuts.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
