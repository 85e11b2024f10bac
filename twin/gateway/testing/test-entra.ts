import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { exportJWK, type JWK, SignJWT } from "jose";
import { entraIssuer } from "../../../facts/entra";
import type { VirtualHost } from "../../network/virtual-host";
import { realUrl } from "../public-url";
import { deskGroup, employeeGroup, entraClientId, entraClientSecret, provider, tenant } from "./gateway-resources";

interface Grant {
  readonly person: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string;
}

const people: Readonly<Record<string, { readonly oid: string; readonly groups: readonly string[] }>> = {
  "desk-agent": { oid: "a3b9d2c0-51e7-4d7a-8c1e-000000000001", groups: [employeeGroup, deskGroup] },
  "second-desk-agent": { oid: "a3b9d2c0-51e7-4d7a-8c1e-000000000002", groups: [employeeGroup, deskGroup] },
  employee: { oid: "a3b9d2c0-51e7-4d7a-8c1e-000000000003", groups: [employeeGroup] },
};

/** How the next ID tokens differ from what Entra would sign; for trying the sign-in out. */
export interface TokenFault {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly foreignKey?: boolean;
  readonly unknownKid?: boolean;
}

/**
 * login.microsoftonline.com for one application: the code flow at Entra's real paths, with signed ID tokens of version 2.0.
 * It has one session for all browsers: whoever `signedInAs` names is signed in silently, unless the choice is asked for.
 */
export class TestEntra implements VirtualHost {
  readonly hostname = "login.microsoftonline.com";
  /** Undefined shows the page of people. */
  signedInAs: string | undefined = "desk-agent";
  fault: TokenFault = {};
  issuer = entraIssuer(tenant);
  readonly #grants = new Map<string, Grant>();
  readonly #key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  readonly #foreignKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://login.microsoftonline.com");
    switch (url.pathname) {
      case `/${tenant}/v2.0/.well-known/openid-configuration`:
        return json(response, 200, {
          issuer: this.issuer,
          authorization_endpoint: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`,
          token_endpoint: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
          jwks_uri: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
        });
      case `/${tenant}/discovery/v2.0/keys`:
        return json(response, 200, { keys: [await this.#publicKey()] });
      case `/${tenant}/oauth2/v2.0/authorize`:
        return this.#authorize(url.searchParams, response);
      case `/${tenant}/oauth2/v2.0/token`:
        return this.#token(request, response);
      default:
        return json(response, 404, {});
    }
  }

  #authorize(parameters: URLSearchParams, response: ServerResponse): void {
    const redirectUri = parameters.get("redirect_uri") ?? "";
    const registered = realUrl(redirectUri) === `https://auth.cloud.google/signin-callback/${provider}`;
    const complete =
      registered &&
      parameters.get("client_id") === entraClientId &&
      parameters.get("response_type") === "code" &&
      parameters.get("code_challenge_method") === "S256" &&
      (parameters.get("scope") ?? "").split(" ").includes("openid");
    if (!complete) {
      json(response, 400, { error: "AADSTS50011" });
      return;
    }
    const person = parameters.get("prompt") === "select_account" ? undefined : this.signedInAs;
    const chosen = parameters.get("choose") ?? person;
    const state = parameters.get("state") ?? "";
    if (chosen === undefined) {
      json(response, 200, { choose: Object.keys(people) });
      return;
    }
    if (chosen === "cancel") {
      const refusal = { error: "access_denied", error_description: "AADSTS65004: <b>declined</b>", state };
      redirect(response, `${redirectUri}?${new URLSearchParams(refusal)}`);
      return;
    }
    const code = randomUUID();
    this.#grants.set(code, {
      person: chosen,
      redirectUri,
      challenge: parameters.get("code_challenge") ?? "",
      nonce: parameters.get("nonce") ?? "",
    });
    redirect(response, `${redirectUri}?${new URLSearchParams({ code, state })}`);
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const form = new URLSearchParams(body);
    const code = form.get("code") ?? "";
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    const verifier = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const granted =
      grant !== undefined &&
      grant.challenge === verifier &&
      grant.redirectUri === form.get("redirect_uri") &&
      form.get("client_id") === entraClientId &&
      form.get("client_secret") === entraClientSecret;
    if (!granted) return json(response, 400, { error: "invalid_grant" });
    json(response, 200, { token_type: "Bearer", id_token: await this.#idToken(grant) });
  }

  async #idToken({ person, nonce }: Grant): Promise<string> {
    const { oid, groups } = people[person] ?? { oid: "", groups: [] };
    const issuedAt = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: entraIssuer(tenant),
      aud: entraClientId,
      sub: `${oid}-pairwise`,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + 3600,
      tid: tenant,
      ver: "2.0",
      nonce,
      oid,
      groups,
      name: person,
      email: `${person}@example.com`,
      ...this.fault.claims,
    })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: this.fault.unknownKid ? "other" : "entra-1" })
      .sign(createPrivateKey(this.fault.foreignKey ? this.#foreignKey : this.#key));
  }

  async #publicKey(): Promise<JWK> {
    return { ...(await exportJWK(createPublicKey(this.#key))), kid: "entra-1", use: "sig", alg: "ES256" };
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}
