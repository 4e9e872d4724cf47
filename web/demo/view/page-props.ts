/** What every view is given. */

import type { ComponentChildren } from "preact";
import type { ModelInfo } from "unmask";
import type { Session } from "../session.ts";
import type { ModelChoice } from "../state/model.ts";
import type { OptionChange } from "../state/actions.ts";
import type { State } from "../state/state.ts";
import type { Store } from "../store.ts";

export interface PageProps {
  readonly state: State;
  readonly store: Store;
  readonly session: Session;
  /** `null` until a model is loaded. */
  readonly info: ModelInfo | null;
  readonly onOption: (change: OptionChange) => void;
  readonly onModel: (model: ModelChoice) => void;
  /** What stands in the way, if anything; each view has its own place for it. */
  readonly notices: ComponentChildren;
}
