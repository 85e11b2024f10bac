import { generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import { tokenExchangeGrantType } from "../../../facts/token-exchange";
import { batchAccount, grantOf, policy, reportAccount } from "./broker-fixture";
import { temporaryFolder } from "./certificates";
import { createFrontClients, startFrontBroker } from "./front-broker";
import { createTokenIssuer } from "./token-issuer";

export const brokerUrl = "https://broker.ailab.com";
export const peerAudience = "https://peer.ailab.com";
export const callee = "https://reports.ailab.com";

export type Form = Readonly<Record<string, string>>;
export const credentials: Form = { grant_type: "client_credentials", client_id: "batch job" };
export const answerSchema = z.looseObject({ access_token: z.string(), expires_in: z.int().positive() });

/** What the tests of the token endpoint share: clients, an issuer of JWTs, and brokers that know both. */
export async function setUpTokenEndpoint() {
  const folder = temporaryFolder();
  const clients = await createFrontClients();
  const issuer = await createTokenIssuer("https://issuer.ailab.com", brokerUrl);
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const [batchJob, reportServer] = policy.clients;
  const document = {
    issuer: { url: brokerUrl, signingKeyFiles: [folder.write("signing.pem", String(key))] },
    tokenIssuers: [
      {
        issuer: issuer.issuer,
        audience: brokerUrl,
        jwksFile: folder.write("jwks.json", JSON.stringify(issuer.jwks)),
      },
    ],
    policy: {
      clients: [
        {
          ...batchJob,
          grants: [{ ...grantOf(batchAccount), idTokenAudiences: [callee], quotaProject: "ailab-data-dev" }],
          brokerToken: { audiences: [peerAudience], certificateBound: true },
          grantTypes: ["client_credentials", tokenExchangeGrantType],
        },
        reportServer,
        {
          name: "pipeline",
          match: { jwt: { issuer: issuer.issuer, subject: "pipeline" } },
          grants: [grantOf(reportAccount, 900)],
          brokerToken: { audiences: [peerAudience] },
        },
      ],
    },
  };
  return {
    clients,
    issuer,
    start: (changes: Readonly<Record<string, unknown>> = {}) => startFrontBroker({ ...document, ...changes }),
    remove: () => folder.remove(),
  };
}

export type TokenEndpointSetUp = Awaited<ReturnType<typeof setUpTokenEndpoint>>;
