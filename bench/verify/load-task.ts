import { z } from "zod";

/** What the load is told, as JSON in the file that its one argument names. */
export const loadTaskSchema = z.object({
  port: z.number(),
  assertions: z.array(z.string()).min(1),
  connections: z.number(),
  milliseconds: z.number(),
});
export type LoadTask = z.output<typeof loadTaskSchema>;

/** What came of it, as JSON on the output. */
export const loadResultSchema = z.object({ answers: z.number(), failures: z.number(), milliseconds: z.number() });
export type LoadResult = z.output<typeof loadResultSchema>;
