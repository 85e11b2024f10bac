import { readFileSync } from "node:fs";
import { z } from "zod";
import { entraLoginOrigin, microsoftGraphOrigin } from "../../facts/entra";
import { googleEndpoints } from "../../facts/google-endpoints";
import { metadataServers } from "../../facts/metadata-servers";
import { errorCode } from "./error-code";
import { parseJsonDocument } from "./json-document";

/** The process's environment variables, or a test's. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** What a handler was started with is wrong. One line for each problem: where, and what was expected; never a value. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly string[];
  /** Whether time alone may make it good: a certificate that is not valid yet. */
  readonly mayPass: boolean;

  constructor(problems: readonly string[], { mayPass = false }: { readonly mayPass?: boolean } = {}) {
    super(problems.join("\n"));
    this.problems = problems;
    this.mayPass = mayPass;
  }
}

/**
 * Reads the handler's configuration: the JSON document in `KEYLESS_CONFIG`, or in the file that `KEYLESS_CONFIG_FILE` names.
 *
 * @throws {ConfigurationError} Naming each wrong field with the form that was expected.
 */
export function readConfiguration<Schema extends z.ZodType>(
  schema: Schema,
  environment: EnvironmentVariables,
): z.output<Schema> {
  const text = environment["KEYLESS_CONFIG"];
  const file = configurationFile(environment);
  if (text !== undefined && text !== "") {
    if (file === undefined) return parseConfiguration(schema, text, "KEYLESS_CONFIG");
    throw new ConfigurationError(["KEYLESS_CONFIG_FILE: expected either this or KEYLESS_CONFIG, not both"]);
  }
  if (file === undefined) throw new ConfigurationError(["KEYLESS_CONFIG: missing, expected a JSON document"]);
  return readConfigurationFile(schema, file, "KEYLESS_CONFIG_FILE");
}

/** Path of the configuration's file; undefined where the configuration stands in the environment. */
export function configurationFile(environment: EnvironmentVariables): string | undefined {
  const file = environment["KEYLESS_CONFIG_FILE"];
  return file === "" ? undefined : file;
}

/** @param name What the problems name the document by. @throws {ConfigurationError} */
export function readConfigurationFile<Schema extends z.ZodType>(
  schema: Schema,
  file: string,
  name: string,
): z.output<Schema> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigurationError([`${name}: cannot read the file (${errorCode(error) ?? "unreadable"})`]);
  }
  return parseConfiguration(schema, text, name);
}

/** @param name What the problems name the document by. @throws {ConfigurationError} */
function parseConfiguration<Schema extends z.ZodType>(schema: Schema, text: string, name: string): z.output<Schema> {
  return checked(schema, parseJson(name, text), name);
}

const loopbackHost = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Tokens and assertions travel to these addresses, so plain HTTP is for the loopback interface only. */
const isSafeAddress = (url: URL): boolean =>
  (url.protocol === "https:" || (url.protocol === "http:" && loopbackHost.test(url.hostname))) &&
  url.username === "" &&
  url.password === "" &&
  url.hash === "";

/** A URL that a token may be sent to or fetched from: https, or plain HTTP on the loopback interface. */
export const address = z.string().refine((text) => URL.canParse(text) && isSafeAddress(new URL(text)), {
  error: "expected an https URL (http on loopback only) without user and fragment",
  abort: true,
});
const origin = address.refine((text) => new URL(text).origin === text, {
  error: "expected an origin: scheme, host and port, no path and no trailing slash",
});

/**
 * Whose keys are believed decides who somebody is: another machine's would let it make assertions of its own. In a deployed container
 * nobody else listens on the loopback interface.
 */
const keysOnLoopback = address.refine(
  (text) => text === googleEndpoints.iapJwks || loopbackHost.test(new URL(text).hostname),
  { error: "expected an address on loopback: keys of another server would be a way round IAP" },
);

const endpointsSchema = z.strictObject({
  entra: origin.default(entraLoginOrigin),
  securityTokenService: origin.default(googleEndpoints.securityTokenService),
  iamCredentials: origin.default(googleEndpoints.iamCredentials),
  iapJwks: keysOnLoopback.default(googleEndpoints.iapJwks),
  microsoftGraph: origin.default(microsoftGraphOrigin),
  // Plain HTTP by their nature: these addresses do not leave the machine's host. What replaces them must be as safe as others.
  azureMetadata: origin.default(metadataServers.azure),
  awsMetadata: origin.default(metadataServers.aws),
  awsContainer: origin.default(metadataServers.awsContainer),
  googleMetadata: origin.default(metadataServers.google),
});

/** Where the outside services answer: origins without a trailing slash; `iapJwks` is a full URL. */
export type Endpoints = Readonly<z.output<typeof endpointsSchema>>;

/**
 * Reads `KEYLESS_ENDPOINTS`, which only the local twin and tests set; without it the real addresses.
 *
 * @throws {ConfigurationError}
 */
export function readEndpoints(environment: EnvironmentVariables): Endpoints {
  const text = environment["KEYLESS_ENDPOINTS"] ?? "{}";
  return checked(endpointsSchema, parseJson("KEYLESS_ENDPOINTS", text), "KEYLESS_ENDPOINTS");
}

const listenAddressSchema = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, "expected a port number from 0 to 65535")
    .default("8080")
    .transform(Number)
    .pipe(z.int().max(65_535, "expected a port number from 0 to 65535")),
  HOST: z.string().min(1).default("0.0.0.0"),
});

/**
 * Reads where to listen: `PORT` as Cloud Run sets it (8080 without it), and `HOST`, which defaults to every interface, as
 * Cloud Run needs it; whoever runs a handler on a shared machine sets it to a loopback address.
 *
 * @throws {ConfigurationError}
 */
export function readListenAddress(environment: EnvironmentVariables): { readonly port: number; readonly host: string } {
  const { PORT, HOST } = checked(listenAddressSchema, environment, "");
  return { port: PORT, host: HOST };
}

function parseJson(variable: string, text: string): unknown {
  const document = parseJsonDocument(text);
  if (document.ok) return document.value;
  if (document.kind === "repeated") {
    throw new ConfigurationError(document.paths.map((path) => `${place(variable, path)}: stands twice, expected once`));
  }
  const where = document.at === undefined ? "" : ` from line ${document.at.line}, column ${document.at.column} on`;
  throw new ConfigurationError([`${variable}: expected a JSON document, the text is not valid JSON${where}`]);
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, variable: string): z.output<Schema> {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return result.data;
  throw new ConfigurationError(result.error.issues.map((issue) => `${place(variable, issue.path)}: ${issue.message}`));
}

function place(variable: string, path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${memberName(String(step))}`)).join("");
  return variable === "" ? steps.replace(/^\./, "") : variable + steps;
}

/** As it stands where it is a usual one, else in quotes: it may be empty, or hold line breaks. */
const memberName = (name: string): string => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));

/** Zod's default sentences name what was expected and never quote the input; a missing field deserves its own word. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type" && issue.input === undefined) return `missing, expected ${issue.expected}`;
  if (issue.code === "invalid_type") return `expected ${issue.expected}`;
  if (issue.code === "unrecognized_keys") return `unknown field ${issue.keys.map(memberName).join(", ")}`;
  if (issue.code === "invalid_value")
    return `expected ${issue.values.map((value) => `"${String(value)}"`).join(" or ")}`;
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => message).join(", ");
  return undefined;
}
