/** The first items, and how many are not among them. */
export function shown<Item>(
  items: readonly Item[],
  limit: number,
): { readonly first: readonly Item[]; readonly more: number } {
  const first = items.slice(0, limit);
  return { first, more: items.length - first.length };
}

/** Something a reader opens when wanted. `title` is ours, never from a plan. */
export const details = (title: string, lines: readonly string[]): readonly string[] => [
  `<details><summary>${title}</summary>`,
  "",
  ...lines,
  "",
  "</details>",
  "",
];

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `3 google_x, 1 google_y`, the most first. */
export function countByType(
  items: readonly { readonly type: string }[],
): readonly { readonly type: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { type } of items) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .map(([type, count]) => ({ type, count }))
    .sort((one, other) => other.count - one.count || (one.type < other.type ? -1 : 1));
}

/** One line as it is; several as a list. */
export function oneOrMore(lines: readonly string[], limit: number): readonly string[] {
  const [only, ...others] = lines;
  if (only === undefined) return [];
  if (others.length === 0) return [only, ""];
  const { first, more } = shown(lines, limit);
  return [...first.map((line) => `- ${line}`), ...(more > 0 ? [`- and ${more} more`] : []), ""];
}
