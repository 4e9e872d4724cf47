/** Numbers with their nouns. */

/** "1 forward", "2 forwards". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
