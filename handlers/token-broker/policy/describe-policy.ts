import { createHash } from "node:crypto";
import type { PolicyConfig } from "../config";

/** A policy as the audit names it: whether two lines mean the same one, and who is in it. */
export type PolicyDescription = {
  /** Hexadecimal, of the policy as JSON with what the schema adds. */
  readonly policySha256: string;
  readonly clients: readonly string[];
};

export const describePolicy = (policy: PolicyConfig): PolicyDescription => ({
  policySha256: createHash("sha256").update(JSON.stringify(policy)).digest("hex"),
  clients: policy.clients.map(({ name }) => name),
});
