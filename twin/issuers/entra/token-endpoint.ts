import { IncomingMessage, type ServerResponse } from "node:http";
import type { DecisionLog } from "../../events";
import type { IssuerRegistry } from "../issuer";
import { MalformedRequestError, mediaType, parseForm, readBody, sendJson } from "../message";
import { ClientAssertionVerifier } from "./client-assertion";
import { type AuthenticatedClient, authenticateClient } from "./client-authentication";
import { grantClientCredentials, type TenantIssuers } from "./client-credentials";
import type { EntraDirectory } from "./directory";
import { type EntraError, entraErrorBody, entraErrors, entraErrorText } from "./error";
import type { LoginProvider } from "./login-provider";
import { matchRedirectUri, type PublicOrigin } from "./redirect-uri";

export interface TokenEndpointOptions {
  readonly directory: EntraDirectory;
  readonly issuers: TenantIssuers;
  /** Issuers whose tokens federated credentials may name. */
  readonly otherIssuers: IssuerRegistry;
  readonly login: LoginProvider;
  readonly decisions: DecisionLog;
  readonly publicOrigin: PublicOrigin;
}

/** Bytes. */
const bodyLimit = 131_072;

/** The tenant's token endpoint: client credentials here, authorization codes by the login's provider. */
export class TokenEndpoint {
  readonly #options: TokenEndpointOptions;
  readonly #assertions: ClientAssertionVerifier;

  constructor(options: TokenEndpointOptions) {
    this.#options = options;
    this.#assertions = new ClientAssertionVerifier(options.issuers.tenantId);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method !== "POST" || mediaType(request) !== "application/x-www-form-urlencoded") {
        return this.#refuse(response, entraErrors.malformedRequest());
      }
      await this.#answer(request, response, parseForm(await readBody(request, bodyLimit)));
    } catch (error) {
      if (!(error instanceof MalformedRequestError)) throw error;
      this.#refuse(response, entraErrors.malformedRequest());
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    fields: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { directory, issuers } = this.#options;
    const grantType = fields.get("grant_type");
    if (grantType === undefined) return this.#refuse(response, entraErrors.missingParameter("grant_type"));
    if (grantType !== "client_credentials" && grantType !== "authorization_code") {
      return this.#refuse(response, entraErrors.unsupportedGrant());
    }
    const client = await authenticateClient(
      directory,
      this.#assertions,
      this.#options.otherIssuers,
      issuers.tenantId,
      fields,
      request.headers.authorization,
    );
    if (!client.ok) return this.#refuse(response, client.error);
    if (grantType === "authorization_code") return this.#redeemCode(request, response, fields, client);

    const granted = await grantClientCredentials(directory, issuers, client, fields.get("scope"));
    if (!granted.ok) return this.#refuse(response, granted.error, client);
    this.#options.decisions.record({
      by: "entra",
      request: `token for ${client.application.displayName}`,
      outcome: "allowed",
      reason: `access token for ${granted.resource.displayName}`,
    });
    sendJson(response, 200, granted.body);
  }

  /** Hands the request on with the client's credential replaced by the one that oidc-provider knows. */
  async #redeemCode(
    request: IncomingMessage,
    response: ServerResponse,
    fields: ReadonlyMap<string, string>,
    client: Extract<AuthenticatedClient, { ok: true }>,
  ): Promise<void> {
    const { directory, publicOrigin } = this.#options;
    const code = fields.get("code");
    const requested = fields.get("redirect_uri");
    if (code === undefined) return this.#refuse(response, entraErrors.missingParameter("code"), client);
    if (requested === undefined) return this.#refuse(response, entraErrors.missingParameter("redirect_uri"), client);
    const redirectUri = matchRedirectUri(requested, directory.redirectUris(client.application), publicOrigin);
    if (redirectUri === undefined) return this.#refuse(response, entraErrors.redeemedReplyAddress(), client);
    const form = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectUri });
    const verifier = fields.get("code_verifier");
    if (verifier !== undefined) form.set("code_verifier", verifier);
    form.set("client_id", client.application.clientId);
    form.set("client_secret", this.#options.login.internalSecret);

    const body = form.toString();
    const forwarded = new IncomingMessage(request.socket);
    forwarded.method = "POST";
    forwarded.url = request.url ?? "";
    forwarded.headers = {
      host: request.headers.host,
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "content-length": String(Buffer.byteLength(body)),
      "x-forwarded-proto": request.headers["x-forwarded-proto"],
      "x-forwarded-host": request.headers["x-forwarded-host"],
    };
    // An incomplete message would take its socket along when it is done.
    forwarded.complete = true;
    forwarded.push(body);
    forwarded.push(null);
    await this.#options.login.current().callback()(forwarded, response);
    const outcome = response.statusCode < 400 ? "allowed" : "refused";
    const reason = outcome === "allowed" ? "authorization code redeemed" : "authorization code refused";
    this.#options.decisions.record({
      by: "entra",
      request: `token for ${client.application.displayName}`,
      outcome,
      reason,
    });
  }

  #refuse(response: ServerResponse, error: EntraError, client?: Extract<AuthenticatedClient, { ok: true }>): void {
    this.#options.decisions.record({
      by: "entra",
      request: client === undefined ? "token request" : `token for ${client.application.displayName}`,
      outcome: "refused",
      reason: entraErrorText(error),
    });
    sendJson(response, error.httpStatus, entraErrorBody(error));
  }
}
