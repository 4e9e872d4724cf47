/** The name of the page and the tabs of its views. */

import { views, type View } from "../state/view.ts";

const names: Readonly<Record<View, string>> = {
  write: "Write",
  inpaint: "Inpaint",
  grow: "Grow",
  race: "Race",
  sudoku: "Sudoku",
  inside: "Inside",
};

export function Masthead({ view }: { view: View }) {
  return (
    <header class="masthead">
      <a class="wordmark" href={new URL("../", document.baseURI).href} aria-label="Unmask, home">
        <svg viewBox="0 0 34 20" aria-hidden="true">
          <rect x="0" y="4" width="9" height="12" rx="3" />
          <rect class="middle" x="12.5" y="4" width="9" height="12" rx="3" />
          <rect class="open" x="25" y="4" width="9" height="12" rx="3" />
        </svg>
        Unmask
      </a>
      <p class="tagline">A language model that writes everywhere at once</p>
      <Tabs view={view} />
    </header>
  );
}

/** Each tab is a link to its address; arrow keys go from one to the next, as in any tab list. */
function Tabs({ view }: { view: View }) {
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={moveWithKeys}>
      {views.map((name) => (
        <a
          key={name}
          id={`tab-${name}`}
          role="tab"
          href={`#${name}`}
          aria-selected={name === view}
          aria-controls="view"
          tabIndex={name === view ? 0 : -1}
          data-testid={`tab-${name}`}
        >
          {names[name]}
        </a>
      ))}
    </div>
  );
}

function moveWithKeys(event: KeyboardEvent): void {
  const tabs = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLAnchorElement>('[role="tab"]')];
  const at = tabs.indexOf(event.target as HTMLAnchorElement);
  const to = placesByKey(at, tabs.length)[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const tab = tabs.at(to % tabs.length);
  tab?.focus();
  tab?.click();
}

function placesByKey(at: number, count: number): Record<string, number | undefined> {
  return { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1, " ": at };
}
