import { z } from "zod";

const hashSchema = z.object({ auditHash: z.string().regex(/^[0-9a-f]{64}$/) });

/** Bytes that are looked at first. */
const tail = 64 * 1024;

/** How an audit file ends. */
export interface AuditEnd {
  /** Of the last line that has one; undefined when none has. */
  readonly hash: string | undefined;
  /** False when the file ends in the middle of a line. */
  readonly isWhole: boolean;
  /** Whether that is the last line of all: what stands behind it is none of the audit's, or damaged. */
  readonly isLast: boolean;
}

/**
 * Looks at the end of an audit file, as far back as it must.
 *
 * @param read Fills the buffer from a position; returns how many bytes there were.
 * @param size Bytes of the file.
 */
export function lastLineOf(read: (buffer: Buffer, position: number) => number, size: number): AuditEnd {
  for (let length = Math.min(size, tail); ; length = Math.min(size, 4 * length)) {
    const buffer = Buffer.alloc(length);
    const end = endOf(buffer.subarray(0, read(buffer, size - length)).toString("utf8"));
    if (end.hash !== undefined || length === size) return end;
  }
}

function endOf(text: string): AuditEnd {
  const lines = text.split("\n");
  const isWhole = lines.pop() === "";
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const hash = hashIn(lines[index] ?? "");
    if (hash !== undefined) return { hash, isWhole, isLast: index === lines.length - 1 };
  }
  return { hash: undefined, isWhole, isLast: false };
}

function hashIn(line: string): string | undefined {
  try {
    const parsed = hashSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data.auditHash : undefined;
  } catch {
    return undefined;
  }
}
