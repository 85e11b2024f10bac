import type { Readable } from "node:stream";

/** What a program writes: all of it, and line by line while it comes. */
export function linesOf(stream: Readable, onLine?: (line: string) => void): { readonly text: string } {
  const collected = { text: "" };
  let unfinished = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    collected.text += chunk;
    if (onLine === undefined) return;
    const lines = `${unfinished}${chunk}`.split("\n");
    unfinished = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (unfinished !== "") onLine?.(unfinished);
  });
  return collected;
}
