import { z } from "zod";
import type { Reach } from "../reach/reach";
import { visibleText } from "../text/visible-text";

const change = z.enum(["gained", "lost"]);
const claims = z.record(z.string(), z.unknown());

export const reachJson = z.object({
  differences: z
    .array(
      z.object({
        change,
        target: z
          .union([
            z.object({ kind: z.literal("account"), email: z.string() }),
            z.object({ kind: z.literal("role"), role: z.string(), resource: z.string() }),
          ])
          .describe("The account that is become, or the role that an identity from outside holds itself."),
        provider: z.string().describe("Terraform address of the provider that admits the token."),
        explanation: z.string(),
        witness: z
          .object({
            audience: z.string().describe("What the token is exchanged for."),
            claims,
            subject: z.string().describe("google.subject of the identity that comes of it."),
            accounts: z.array(z.string()).describe("E-mails of accounts, one through the other."),
          })
          .describe("A made-up token that shows the difference."),
      }),
    )
    .describe("What tokens reach on one side only."),
  audiences: z.array(z.object({ change, provider: z.string(), audience: z.string() })),
  rewritten: z.array(z.string()).describe("Providers that are written otherwise and mean the same."),
  undecided: z.array(z.object({ subject: z.string(), reason: z.string() })),
});

/** Deceptive characters in sentences are made visible; claims are data, as they are. */
export const reachOf = ({ differences, audiences, rewritten, undecided }: Reach): z.input<typeof reachJson> => ({
  differences: differences.map(({ change: what, target, provider, explanation, witness }) => ({
    change: what,
    target,
    provider,
    explanation: visibleText(explanation),
    witness: {
      audience: witness.audience,
      claims: { ...witness.credential.claims },
      subject: witness.identity.subject,
      accounts: [...witness.accounts],
    },
  })),
  audiences: [...audiences],
  rewritten: [...rewritten],
  undecided: undecided.map(({ subject, reason }) => ({ subject, reason: visibleText(reason) })),
});
