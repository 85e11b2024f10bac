import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { decodeProtectedHeader, jwtVerify } from "jose";

export type FakeService = "entra" | "securityTokenService" | "iamCredentials";

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, what JSON is made of, or what makes it of the request. */
  readonly body: unknown;
}

export interface FakeRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeUpstreamsOptions {
  readonly tenantId: string;
  readonly clientId: string;
  readonly scope: string;
  /** Certificate that the application is registered with. */
  readonly certificatePem: string;
  readonly audience: string;
}

function serviceOf(path: string): FakeService {
  if (path.startsWith("/v1/projects/")) return "iamCredentials";
  return path.startsWith("/v1/") ? "securityTokenService" : "entra";
}

/**
 * Entra, Security Token Service and IAM Credentials on one local HTTP server. Entra really verifies the assertion; the
 * other two accept only tokens that the one before has issued.
 */
export async function startFakeUpstreams(options: FakeUpstreamsOptions) {
  const requests: Record<FakeService, FakeRequest[]> = { entra: [], securityTokenService: [], iamCredentials: [] };
  const planned: Record<FakeService, FakeAnswer[]> = { entra: [], securityTokenService: [], iamCredentials: [] };
  const issued = new Set<string>();
  const seenAssertions = new Set<string>();
  let down = false;
  let delay = 0;

  const issue = (prefix: string): string => {
    const token = `${prefix}${randomUUID()}${randomUUID()}`;
    issued.add(token);
    return token;
  };

  const entra = async (request: FakeRequest): Promise<FakeAnswer> => {
    const form = new URLSearchParams(request.body);
    const assertion = form.get("client_assertion") ?? "";
    const refuse = (code: string) => ({
      status: 401,
      body: {
        error: "invalid_client",
        error_description: `${code}: A configuration issue. Trace ID: 0 Correlation ID: 0 Timestamp: 2030-01-01 00:00:00Z`,
        error_codes: [Number(code.slice(6))],
      },
    });
    if (
      request.path !== `/${options.tenantId}/oauth2/v2.0/token` ||
      form.get("grant_type") !== "client_credentials" ||
      form.get("client_id") !== options.clientId ||
      form.get("scope") !== options.scope ||
      form.get("client_assertion_type") !== "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    ) {
      return refuse("AADSTS900144");
    }
    const certificate = new X509Certificate(options.certificatePem);
    const thumbprint = createHash("sha256").update(certificate.raw).digest("base64url");
    try {
      if (decodeProtectedHeader(assertion)["x5t#S256"] !== thumbprint) return refuse("AADSTS700027");
      const { payload } = await jwtVerify(assertion, certificate.publicKey, {
        algorithms: ["PS256"],
        typ: "JWT",
        issuer: options.clientId,
        subject: options.clientId,
        audience: `https://login.microsoftonline.com/${options.tenantId}/oauth2/v2.0/token`,
        requiredClaims: ["jti", "nbf", "iat", "exp"],
        maxTokenAge: "10 minutes",
      });
      const { jti = "", nbf = 0, exp = 0 } = payload;
      if (exp - nbf !== 300 || seenAssertions.has(jti)) return refuse("AADSTS700024");
      seenAssertions.add(jti);
    } catch {
      return refuse("AADSTS700027");
    }
    return { status: 200, body: { token_type: "Bearer", expires_in: 3599, access_token: issue("entra-token-") } };
  };

  const securityTokenService = (request: FakeRequest): FakeAnswer => {
    const form = new URLSearchParams(request.body);
    const good =
      request.path === "/v1/token" &&
      request.headers.authorization === undefined &&
      form.get("grant_type") === "urn:ietf:params:oauth:grant-type:token-exchange" &&
      form.get("audience") === options.audience &&
      form.get("scope") === "https://www.googleapis.com/auth/cloud-platform" &&
      form.get("requested_token_type") === "urn:ietf:params:oauth:token-type:access_token" &&
      form.get("subject_token_type") === "urn:ietf:params:oauth:token-type:jwt" &&
      issued.has(form.get("subject_token") ?? "");
    if (!good)
      return { status: 400, body: { error: "invalid_request", error_description: "Unable to parse the ID Token." } };
    return {
      status: 200,
      body: {
        access_token: issue("federated-token-"),
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: 3599,
      },
    };
  };

  const iamCredentials = (request: FakeRequest): FakeAnswer => {
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const body: unknown = JSON.parse(request.body);
    const lifetime = /^\{"scope":\[.+\],"lifetime":"(\d+)s"\}$/.exec(JSON.stringify(body))?.[1];
    if (
      !issued.has(token) ||
      !/^\/v1\/projects\/-\/serviceAccounts\/[^/]+:generateAccessToken$/.test(request.path) ||
      !lifetime
    ) {
      return { status: 401, body: { error: { code: 401, status: "UNAUTHENTICATED", message: "no" } } };
    }
    const expireTime = new Date(Date.now() + Number(lifetime) * 1000).toISOString();
    return { status: 200, body: { accessToken: issue("account-token-"), expireTime } };
  };

  const services = { entra, securityTokenService, iamCredentials };
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", async () => {
      if (down) return void incoming.socket.destroy();
      const service = serviceOf(incoming.url ?? "");
      const request = { path: incoming.url ?? "", headers: incoming.headers, body: Buffer.concat(chunks).toString() };
      requests[service].push(request);
      const answer = planned[service].shift() ?? (await services[service](request));
      await pause(delay, undefined, { ref: false });
      const given: unknown = typeof answer.body === "function" ? answer.body(request) : answer.body;
      const body = typeof given === "string" ? given : JSON.stringify(given);
      outgoing.writeHead(answer.status, { "content-type": "application/json", ...answer.headers }).end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  const origin = `http://127.0.0.1:${address.port}`;

  return {
    origin,
    requests,
    /** Every token and assertion that has passed, to be searched for where none may be. */
    secrets: (): readonly string[] => [
      ...issued,
      ...requests.entra.map(({ body }) => new URLSearchParams(body).get("client_assertion") ?? "no assertion"),
    ],
    /** A token that the services behind take as if one of them had issued it. */
    issue: () => issue("test-token-"),
    hasIssued: (token: string) => issued.has(token),
    /** The next answers of a service, in place of its own. */
    plan: (service: FakeService, ...answers: readonly FakeAnswer[]) => planned[service].push(...answers),
    /** Connections are cut from now on, or no longer. */
    setDown: (value: boolean) => {
      down = value;
    },
    /** Milliseconds before each answer from now on. */
    setDelay: (milliseconds: number) => {
      delay = milliseconds;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export type FakeUpstreams = Awaited<ReturnType<typeof startFakeUpstreams>>;
