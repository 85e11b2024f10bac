import { tokenTypes } from "../../../facts/token-exchange";
import type { EnvironmentVariables } from "../../runtime";
import { systemClock } from "../clock";
import { sourceKinds, sourceSchema } from "../config/source";
import { tokenChain } from "../exchange/issue-token";
import { accessTargetOf, audience, batchAccount, clientId, scope, tenantId } from "../testing/broker-fixture";
import { createEntraCertificate, temporaryFolder } from "../testing/certificates";
import { type ServiceRequest, startFakeService } from "../testing/fake-service";
import { sourceToolsAt, unsignedJwt } from "../testing/source-tools";
import { type Send, sendOverNetwork } from "../upstream/upstream-request";
import { createSource } from "./create-source";
import { readEntraCredential } from "./entra-credential";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const signal = new AbortController().signal;
const noEntra = () => {
  throw new TypeError("not asked for");
};

interface Example {
  readonly kind: (typeof sourceKinds)[number];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly environment?: EnvironmentVariables;
  /** RFC 8693 type that Google is told. */
  readonly type: string;
}

const jwt = unsignedJwt({ exp: 1_900_000_000 });
/** One service in the place of all metadata servers and of Entra. */
function answer({ path }: ServiceRequest) {
  if (path.endsWith("/oauth2/v2.0/token"))
    return { body: { access_token: jwt, token_type: "Bearer", expires_in: 3599 } };
  if (path.startsWith("/metadata/identity")) return { body: { access_token: jwt, expires_on: "1900000000" } };
  return { body: path.startsWith("/actions") ? { value: jwt } : jwt };
}
const printed = { version: 1, success: true, token_type: tokenTypes.idToken, id_token: jwt };
const examples: readonly Example[] = [
  { kind: "entra-client-assertion", config: { tenantId, clientId, scope }, type: tokenTypes.jwt },
  { kind: "azure-managed-identity", config: { resource: "api://app" }, type: tokenTypes.jwt },
  {
    kind: "github-actions",
    config: { audience: "https://broker.ailab.com" },
    environment: { ACTIONS_ID_TOKEN_REQUEST_URL: "ORIGIN/actions", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" },
    type: tokenTypes.jwt,
  },
  { kind: "file", config: { file: folder.write("jwt", jwt), subjectTokenType: "saml2" }, type: tokenTypes.saml2 },
  { kind: "url", config: { url: "ORIGIN/token", subjectTokenType: "access_token" }, type: tokenTypes.accessToken },
  {
    kind: "aws",
    environment: { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-west-1" },
    type: tokenTypes.awsRequest,
  },
  { kind: "google-metadata", type: tokenTypes.idToken },
  {
    kind: "executable",
    config: { command: ["/bin/sh", "-c", `printf %s '${JSON.stringify(printed)}'`] },
    type: tokenTypes.idToken,
  },
];

describe("every source of the configuration", () => {
  it("has an example here", () => expect(examples.map(({ kind }) => kind)).toEqual(sourceKinds));

  it.each(examples)("leads from $kind to a token of an account", async ({ kind, config, environment = {}, type }) => {
    const service = await startFakeService(answer);
    const placed = <Value>(value: Value): Value =>
      JSON.parse(JSON.stringify(value).replaceAll("ORIGIN", service.origin));
    const files =
      kind === "entra-client-assertion"
        ? await createEntraCertificate().then(({ certificatePem, keyPem }) => ({
            certificateFile: folder.write("entra.pem", certificatePem),
            keyFile: folder.write("entra.key", keyPem),
          }))
        : {};
    const exchanged: URLSearchParams[] = [];
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    const send: Send = async (request, aborted) => {
      if (request.upstream === "iam-credentials")
        return { status: 200, body: JSON.stringify({ accessToken: "of-account", expireTime }) };
      if (request.upstream !== "security-token-service") return sendOverNetwork(request, aborted);
      exchanged.push(new URLSearchParams(request.body));
      const federated = { access_token: "federated", issued_token_type: tokenTypes.accessToken, token_type: "Bearer" };
      return { status: 200, body: JSON.stringify(federated) };
    };
    const tools = sourceToolsAt(service.origin, placed(environment));
    const endpoints = { ...tools.endpoints, entra: service.origin };
    const source = createSource(sourceSchema.parse({ kind, ...placed(config ?? {}), ...files }), {
      ...tools,
      endpoints,
      send,
      entraCredential: () => readEntraCredential(files, new Date()),
      onAssertionSigned: () => {},
    });
    const chain = tokenChain(source, audience, { send, endpoints, clock: systemClock, random: () => 0 });
    expect(await chain(accessTargetOf(batchAccount), signal)).toMatchObject({ token: "of-account" });
    expect(exchanged.map((form) => form.get("subject_token_type"))).toEqual([type]);
    const subject = exchanged[0]?.get("subject_token") ?? "";
    expect(kind === "aws" ? decodeURIComponent(subject) : subject).toContain(
      kind === "aws" ? "GetCallerIdentity" : jwt,
    );
    await service.close();
  });
});

describe("createSource", () => {
  const end = Date.parse("2030-01-01T00:00:00Z");
  const fetchAt = (now: number, token: string) =>
    createSource(
      { kind: "file", file: folder.write("token", token), subjectTokenType: "jwt" },
      {
        ...sourceToolsAt("http://127.0.0.1:1"),
        now: () => new Date(now),
        entraCredential: noEntra,
        onAssertionSigned: noEntra,
      },
    ).fetch(signal);

  it("gives no token that is over, and says when it ended", async () => {
    const token = unsignedJwt({ exp: end / 1000 });
    expect(await fetchAt(end - 1, token)).toMatchObject({ token });
    await expect(fetchAt(end, token)).rejects.toMatchObject({
      message: "token-file: expired: the external token ended at 2030-01-01T00:00:00.000Z by this machine's clock",
      retryable: true,
    });
  });

  it("gives one that does not tell when it ends, or tells no time", async () => {
    for (const token of ["opaque", unsignedJwt({}), unsignedJwt({ exp: 1e300 })]) {
      expect(await fetchAt(end, token)).toMatchObject({ token });
    }
  });
});
