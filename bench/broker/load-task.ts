import { z } from "zod";

/** What the load is told to do, as JSON in its one argument. */
export const loadTaskSchema = z.object({
  kind: z.enum(["reads", "handshakes"]),
  port: z.number(),
  files: z.object({ clientCertificate: z.string(), clientKey: z.string(), authority: z.string() }),
  connections: z.number(),
  milliseconds: z.number(),
  /** Ends earlier, once so many answers have come. */
  mostAnswers: z.number().optional(),
  version: z.enum(["TLSv1.2", "TLSv1.3"]).optional(),
});
export type LoadTask = z.output<typeof loadTaskSchema>;

/** What came of it, as JSON on the output. */
export const loadResultSchema = z.object({
  answers: z.number(),
  failures: z.number(),
  milliseconds: z.number(),
  /** Of single reads. */
  p50: z.number(),
  p99: z.number(),
});
export type LoadResult = z.output<typeof loadResultSchema>;
