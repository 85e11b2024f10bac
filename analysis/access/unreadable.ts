import type { z } from "zod";
import type { Resource } from "../terraform/resource";

/** What could not be read, and so grants nothing. */
export interface Unreadable {
  readonly address: string;
  readonly problem: string;
}

export const isUnreadable = (value: object): value is Unreadable => "problem" in value;

/** Names the argument, never its value. */
export function unreadable({ address }: Pick<Resource, "address">, error: z.ZodError): Unreadable {
  const [issue] = error.issues;
  return { address, problem: `${issue?.path.join(".") || "its arguments"}: ${issue?.message ?? "not readable"}` };
}
