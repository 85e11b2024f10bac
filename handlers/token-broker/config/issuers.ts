import { z } from "zod";
import { address } from "../../runtime";
import { audience, file, seconds } from "./fields";

/** The broker as an issuer of tokens of its own: RFC 8414 metadata, public keys, JWTs about its clients. */
export const issuerSchema = z.strictObject({
  url: address.refine((text) => !text.endsWith("/") && !new URL(text).search, {
    error: "expected an issuer without trailing slash and query",
    abort: true,
  }),
  /** PEM files of P-256 keys: the first signs, all are published, so that the next key is known before it signs. */
  signingKeyFiles: z.array(file).min(1, "expected at least one file").max(4, "expected at most 4 files"),
});

/** Issuers whose JWTs tell who a client is: for token exchange, and in place of a certificate where that is allowed. */
export const tokenIssuersSchema = z
  .array(
    z
      .strictObject({
        /** `iss`, exactly. */
        issuer: z.string().min(1, "expected an issuer"),
        /** One of `aud` must be this. */
        audience,
        jwksUri: address.optional(),
        jwksFile: file.optional(),
        /** Seconds from `iat` to `exp`. */
        maximumLifetimeSeconds: seconds(60, 86_400).default(3_600),
      })
      .refine(({ jwksUri, jwksFile }) => (jwksUri === undefined) !== (jwksFile === undefined), {
        message: "expected exactly one of jwksUri, jwksFile",
      }),
  )
  .superRefine((issuers, context) => {
    issuers.forEach(({ issuer }, index) => {
      if (issuers.findIndex((other) => other.issuer === issuer) !== index) {
        context.addIssue({ code: "custom", path: [index, "issuer"], message: "expected each issuer once" });
      }
    });
  });

export type IssuerConfig = z.output<typeof issuerSchema>;
export type TokenIssuerConfig = z.output<typeof tokenIssuersSchema>[number];
