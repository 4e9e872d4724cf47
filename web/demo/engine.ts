/** What the demo uses of the package; tests hand in a double of the same shape. */

import type { capabilities, loadModel } from "unmask";

export interface Engine {
  readonly loadModel: typeof loadModel;
  readonly capabilities: typeof capabilities;
}
