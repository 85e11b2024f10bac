import type { App } from "cdktf";
import { enforcePolicies, type PolicyException } from "../constructs/policy";

/** What breaks a rule with leave: which rule, where, why, who answers for it and until when. */
const exceptions: readonly PolicyException[] = [
  {
    rule: "no-service-account-key",
    path: "legacy/scanner/key",
    reason: "The scanner on the old plant knows no federation; it is replaced in autumn.",
    owner: "plant-it@example.com",
    expires: "2026-09-30",
  },
];

/** To be called when all stacks are declared, before `app.synth()`. */
export function withPolicies(app: App, today?: Date): void {
  enforcePolicies(app, { exceptions, ...(today !== undefined && { today }) });
}
