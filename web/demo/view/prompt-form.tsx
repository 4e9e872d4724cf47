/** The prompt, the same in every view that has one. */

import { Composer } from "./composer.tsx";
import type { PageProps } from "./page-props.ts";

interface Props extends PageProps {
  /** What the main button says. */
  readonly action: string;
  readonly onSend: () => void;
}

export function PromptForm({ state, store, session, info, action, onSend }: Props) {
  return (
    <Composer
      {...{ state, action }}
      dispatch={store.dispatch}
      canChat={info?.hasChatTemplate ?? true}
      onUnmask={onSend}
      onStop={() => session.stop()}
    />
  );
}
