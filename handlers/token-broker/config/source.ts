import { z } from "zod";
import { address } from "../../runtime";
import { argument, audience, file, jsonField, seconds, uuid } from "./fields";

/** RFC 8693 names of the forms of a token that Google's exchange takes, without their common beginning. */
const subjectTokenType = z.enum(["jwt", "id_token", "access_token", "saml2"]).default("jwt");

const entraClientAssertion = z
  .strictObject({
    kind: z.literal("entra-client-assertion"),
    tenantId: uuid,
    clientId: uuid,
    scope: z.string().regex(/^\S+\/\.default$/, 'expected one scope that ends in "/.default"'),
    /** PEM: the certificate that the application is registered with, and its key. */
    certificateFile: file.optional(),
    keyFile: file.optional(),
    /** Both in one file, in place of the two. */
    pkcs12File: file.optional(),
    /** The password of the PKCS#12 file, or of an encrypted key; a line break at its end does not count. */
    passwordFile: file.optional(),
  })
  .superRefine(({ certificateFile, keyFile, pkcs12File, passwordFile }, context) => {
    const missing = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
    if (pkcs12File === undefined) {
      const expected = "missing, expected certificateFile and keyFile, or pkcs12File and passwordFile";
      if (certificateFile === undefined) missing("certificateFile", expected);
      if (keyFile === undefined) missing("keyFile", expected);
      return;
    }
    if (passwordFile === undefined) missing("passwordFile", "missing, expected the password of pkcs12File");
    if (certificateFile !== undefined || keyFile !== undefined) {
      missing("pkcs12File", "expected either this or certificateFile and keyFile, not both");
    }
  });

/** The connection's own, which the client that sends the request sets (RFC 9110 §7.6.1, §8.6, §7.2). */
const connectionHeaders =
  /^(host|connection|content-length|expect|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, "expected the name of a header")
      .refine((name) => !connectionHeaders.test(name), "expected no header of the connection itself"),
    z.string().regex(/^[\x20-\x7e]*$/, "expected printable ASCII"),
  )
  .refine((given) => new Set(Object.keys(given).map((name) => name.toLowerCase())).size === Object.keys(given).length, {
    message: "expected each header once, whatever its case",
  });

const schemas = [
  entraClientAssertion,
  /** Instance Metadata Service of an Azure virtual machine. */
  z.strictObject({
    kind: z.literal("azure-managed-identity"),
    /** App ID URI of the resource application. */
    resource: audience,
    /** Of a user-assigned identity, where the machine has several. */
    clientId: uuid.optional(),
  }),
  /** OpenID Connect token of a GitHub Actions job with `id-token: write`. */
  z.strictObject({ kind: z.literal("github-actions"), audience }),
  /** A file that somebody else keeps fresh, such as a projected Kubernetes token. */
  z.strictObject({ kind: z.literal("file"), file, jsonField: jsonField.optional(), subjectTokenType }),
  z.strictObject({
    kind: z.literal("url"),
    url: address,
    headers: headers.optional(),
    jsonField: jsonField.optional(),
    subjectTokenType,
  }),
  /** A GetCallerIdentity request, signed with the credentials of the environment, the container or the instance. */
  z.strictObject({
    kind: z.literal("aws"),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "expected a region, such as eu-central-1")
      .optional(),
  }),
  /** ID token of the service account of a Google virtual machine or container. */
  z.strictObject({ kind: z.literal("google-metadata"), audience: audience.optional() }),
  /** A program that prints a token as Google's libraries expect it of executable sources. */
  z.strictObject({
    kind: z.literal("executable"),
    /** Absolute path and arguments, given to the program as they are: there is no shell. */
    command: z
      .array(argument)
      .min(1, "expected a program")
      .refine(([program = ""]) => program.startsWith("/"), "expected the program by its absolute path"),
    timeoutSeconds: seconds(1, 120).default(15),
    /** Names of environment variables that the program gets; it gets no others but PATH. */
    environment: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected names of variables")).default([]),
  }),
] as const;

export const sourceKinds = schemas.map((schema) => schema.shape.kind.value);

/** Where the broker's own external token comes from. */
export const sourceSchema = z.discriminatedUnion("kind", schemas, {
  error: `expected an object whose kind is ${sourceKinds.map((kind) => `"${kind}"`).join(" or ")}`,
});

export type SourceConfig = z.output<typeof sourceSchema>;
export type SourceConfigOf<Kind extends SourceConfig["kind"]> = Extract<SourceConfig, { kind: Kind }>;
export type EntraClientAssertionConfig = SourceConfigOf<"entra-client-assertion">;
