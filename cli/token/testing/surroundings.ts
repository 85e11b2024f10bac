import type { CommandSurroundings } from "../surroundings";

/** What a command prints and says, and a way to end it. */
export function recordedSurroundings(environment: Readonly<Record<string, string>> = {}) {
  const ending = new AbortController();
  const printed: string[] = [];
  const said: string[] = [];
  const waiting = new Set<() => void>();
  const surroundings: CommandSurroundings = {
    environment,
    print: (text) => {
      printed.push(text);
      for (const wake of waiting) wake();
    },
    say: (line) => {
      said.push(line);
      for (const wake of waiting) wake();
    },
    signal: ending.signal,
  };
  const waitFor = async (lines: readonly string[], text: string): Promise<string> => {
    for (;;) {
      const found = lines.find((line) => line.includes(text));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  return {
    surroundings,
    printed: () => printed.join(""),
    said: () => said.join("\n"),
    whenPrinted: (text: string) => waitFor(printed, text),
    whenSaid: (text: string) => waitFor(said, text),
    end: () => ending.abort(),
  };
}
