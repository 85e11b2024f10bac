import { z } from "zod";
import { file } from "./fields";
import { issuerSchema, tokenIssuersSchema } from "./issuers";
import { adminSchema, listenerSchema } from "./listener";
import { policySchema } from "./policy";
import { sourceSchema } from "./source";

export type { IssuerConfig, TokenIssuerConfig } from "./issuers";
export type { AdminConfig, ConnectionLimits, ListenerConfig, MutualTlsConfig } from "./listener";
export type { BrokerClient, ClientMatch, Grant, PolicyConfig } from "./policy";
export type { EntraClientAssertionConfig, SourceConfig, SourceConfigOf } from "./source";

const providerAudience = z
  .string()
  .regex(
    /^\/\/iam\.googleapis\.com\/projects\/[0-9]+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
    "expected //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
  );

/** What the broker's configuration may say. Every message names the expected form. */
export const tokenBrokerConfigSchema = z
  .strictObject({
    listener: listenerSchema,
    admin: adminSchema.optional(),
    source: sourceSchema,
    /** The workload identity provider that the external token is exchanged at. */
    exchange: z.strictObject({ audience: providerAudience }),
    policy: policySchema,
    issuer: issuerSchema.optional(),
    tokenIssuers: tokenIssuersSchema.default([]),
    /** Whether a JWT of one of `tokenIssuers` is taken in place of a client certificate. */
    acceptBearer: z.boolean("expected true or false").default(false),
    /** A file of its own for the audit; without it the audit is part of the log. */
    audit: z.strictObject({ file }).optional(),
  })
  .superRefine(({ acceptBearer, tokenIssuers, policy, issuer }, context) => {
    const report = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    if (acceptBearer && tokenIssuers.length === 0) {
      report(["tokenIssuers"], "missing, expected at least one issuer whose tokens acceptBearer means");
    }
    policy.clients.forEach(({ match, brokerToken }, index) => {
      if (match.jwt !== undefined && !tokenIssuers.some((each) => each.issuer === match.jwt?.issuer)) {
        report(["policy", "clients", index, "match", "jwt", "issuer"], "expected one of tokenIssuers");
      }
      if (brokerToken !== undefined && issuer === undefined) {
        report(["policy", "clients", index, "brokerToken"], "expected a broker with an issuer, there is none");
      }
    });
  });

export type TokenBrokerConfig = z.output<typeof tokenBrokerConfigSchema>;
