import { z } from "zod";

const hashSchema = z.object({ auditHash: z.string().regex(/^[0-9a-f]{64}$/) });

/** Bytes: more than two of the longest lines. */
const tail = 64 * 1024;

/**
 * The hash of the last line of an audit file that has one.
 *
 * @param read Fills the buffer from a position; returns how many bytes there were.
 * @param size Bytes of the file.
 * @returns `isWhole` is false when the file ends in the middle of a line.
 */
export function lastLineOf(
  read: (buffer: Buffer, position: number) => number,
  size: number,
): { readonly hash: string | undefined; readonly isWhole: boolean } {
  const length = Math.min(size, tail);
  const buffer = Buffer.alloc(length);
  const text = buffer.subarray(0, read(buffer, size - length)).toString("utf8");
  const lines = text.split("\n");
  const isWhole = lines.at(-1) === "";
  for (const line of lines.slice(0, -1).reverse()) {
    const hash = hashIn(line);
    if (hash !== undefined) return { hash, isWhole };
  }
  return { hash: undefined, isWhole };
}

function hashIn(line: string): string | undefined {
  try {
    const parsed = hashSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data.auditHash : undefined;
  } catch {
    return undefined;
  }
}
