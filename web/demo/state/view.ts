/** The views of the demo. Their names are their addresses: `#race`. */

export const views = ["write", "inpaint", "grow", "race", "sudoku", "inside"] as const;

export type View = (typeof views)[number];

export function isView(name: string): name is View {
  return (views as readonly string[]).includes(name);
}
