import { jwtBearerAssertionType } from "../../../facts/entra";
import { googleIssuer } from "../../../facts/issuers";
import {
  federatedCredentialAudience,
  microsoftGraphAppRoles,
  microsoftGraphClientId,
} from "../../../facts/microsoft-graph";
import { type Decision, DecisionLog } from "../../events";
import type { ResourceStore } from "../../store/resource-store";
import { createGoogleAccounts } from "../google-accounts";
import { IssuerRegistry } from "../issuer";
import { deskAgent, employees, entraResource, entraStore, manager, tenantId } from "../testing/entra-resources";
import { jsonAnswer } from "../testing/json-answer";
import { type ServedHost, serveHost } from "../testing/serve-host";
import { createEntra, type Entra, type EntraPerson } from "./entra";

const readerApp = {
  clientId: "44444444-aaaa-4aaa-aaaa-000000000004",
  principal: "44444444-bbbb-4aaa-aaaa-000000000004",
};
const graphPrincipal = "44444444-cccc-4aaa-aaaa-000000000004";
const accountId = "104857600123456789999";
const busy: EntraPerson = {
  key: "busy",
  displayName: "In many groups",
  email: "busy@ailab.com",
  entraObjectId: "a3b9d2c0-51e7-4d7a-8c1e-000000000077",
  entraGroups: Array.from({ length: 250 }, (_, index) => employees.slice(0, -3) + String(index).padStart(3, "0")),
  entraManager: manager.entraObjectId,
};

/** The store of the other tests, with an application that may read the directory and trusts a Google account. */
function storeWithReader(): ResourceStore {
  const store = entraStore("");
  const put = (type: string, name: string, values: Parameters<typeof entraResource>[2]) =>
    store.put(entraResource(type, name, values));
  put("azuread_application_registration", "reader", {
    id: "/applications/reader",
    client_id: readerApp.clientId,
    display_name: "directory reader",
    requested_access_token_version: 2,
  });
  put("azuread_service_principal", "reader", { client_id: readerApp.clientId, object_id: readerApp.principal });
  put("azuread_service_principal", "graph", { client_id: microsoftGraphClientId, object_id: graphPrincipal });
  put("azuread_app_role_assignment", "reader", {
    app_role_id: microsoftGraphAppRoles["User.Read.All"],
    principal_object_id: readerApp.principal,
    resource_object_id: graphPrincipal,
  });
  put("azuread_application_federated_identity_credential", "reader", {
    application_id: "/applications/reader",
    issuer: googleIssuer,
    subject: accountId,
    audiences: [federatedCredentialAudience],
  });
  return store;
}

describe("Microsoft Graph of the twin", () => {
  const accounts = createGoogleAccounts();
  const decisions: Decision[] = [];
  let store: ResourceStore;
  let entra: Entra;
  let login: ServedHost;
  let graph: ServedHost;
  beforeEach(async () => {
    decisions.length = 0;
    store = storeWithReader();
    const otherIssuers = new IssuerRegistry();
    otherIssuers.add(accounts.issuer);
    const log = new DecisionLog();
    log.subscribe((decision) => decisions.push(decision));
    const people = [deskAgent, { ...manager, entraManager: busy.entraObjectId }, busy];
    let graphOrigin = "";
    entra = createEntra({ store, people, tenantId, decisions: log, otherIssuers, publicOrigin: () => graphOrigin });
    login = await serveHost(entra.host);
    graph = await serveHost(entra.graph.host);
    graphOrigin = graph.origin;
  });
  afterEach(() => Promise.all([login.close(), graph.close()]));

  const googleToken = (change: { uniqueId?: string; audience?: string } = {}) =>
    accounts.serviceAccountToken({
      uniqueId: accountId,
      email: "app@ailab-data-dev.iam.gserviceaccount.com",
      audience: federatedCredentialAudience,
      includeEmail: true,
      ...change,
    });
  const ask = async (assertion: string, fields: Record<string, string> = {}) =>
    jsonAnswer(
      await fetch(`${login.origin}/${tenantId}/oauth2/v2.0/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_id: readerApp.clientId,
          scope: "https://graph.microsoft.com/.default",
          client_assertion_type: jwtBearerAssertionType,
          client_assertion: assertion,
          ...fields,
        }),
      }),
    );
  const token = async () => String((await ask(await googleToken())).body["access_token"]);
  const list = async (path: string, bearer?: string) => {
    const url = path.startsWith("http") ? path : `${graph.origin}/v1.0/users/${path}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${bearer ?? (await token())}` } });
    return { ...(await jsonAnswer(response)), retryAfter: response.headers.get("retry-after") };
  };
  const code = ({ body }: { body: Record<string, unknown> }) =>
    body["error"] !== null && typeof body["error"] === "object" && "code" in body["error"]
      ? body["error"].code
      : undefined;
  const ids = ({ body }: { body: Record<string, unknown> }): string[] =>
    Array.isArray(body["value"]) ? body["value"].map((object) => object.id) : [];

  it("gives an application a token for a Google account that its federated credential names", async () => {
    const { status, body } = await ask(await googleToken());
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: expect.any(Number) });
  });

  it.each<[string, Parameters<typeof googleToken>[0], number]>([
    ["another account", { uniqueId: "104857600123456780000" }, 700213],
    ["another audience", { audience: "https://example.com" }, 700212],
  ])("refuses a token of %s in Entra's words", async (_what, change, error) => {
    const { status, body } = await ask(await googleToken(change));
    expect([status, body["error_codes"]]).toEqual([401, [error]]);
  });

  it("refuses a token of an issuer that no credential names, one signed by somebody else and an expired one", async () => {
    const claims = { sub: accountId, aud: federatedCredentialAudience };
    const other = createGoogleAccounts();
    expect(
      (await ask(await accounts.issuer.sign({ ...claims, iss: "https://evil.example" }))).body["error_codes"],
    ).toEqual([700211]);
    expect((await ask(await other.issuer.sign(claims))).body["error_codes"]).toEqual([700027]);
    const past = Math.floor(Date.now() / 1000) - 7200;
    expect(
      (await ask(await accounts.issuer.sign({ ...claims, iat: past, nbf: past, exp: past + 60 }))).body["error_codes"],
    ).toEqual([700024]);
  });

  it("refuses a Google account's token for an application without a federated credential", async () => {
    store.remove("dev", "azuread_application_federated_identity_credential.reader");
    expect((await ask(await googleToken())).status).toBeGreaterThanOrEqual(400);
  });

  it("lists a person's groups page by page", async () => {
    const first = await list(`${busy.entraObjectId}/transitiveMemberOf?$select=id`);
    expect(first.status).toBe(200);
    expect(ids(first)).toHaveLength(100);
    const bearer = await token();
    const second = await list(String(first.body["@odata.nextLink"]), bearer);
    const third = await list(String(second.body["@odata.nextLink"]), bearer);
    expect(third.body).not.toHaveProperty(["@odata.nextLink"]);
    expect([...ids(first), ...ids(second), ...ids(third)]).toEqual(busy.entraGroups);
  });

  it("lists the people who report to somebody", async () => {
    expect(ids(await list(`${manager.entraObjectId}/directReports`))).toEqual([busy.entraObjectId]);
    expect(ids(await list(`${deskAgent.entraObjectId}/directReports`))).toEqual([]);
  });

  it("answers an application without the permission with its own refusal", async () => {
    store.remove("dev", "azuread_app_role_assignment.reader");
    expect(code(await list(`${busy.entraObjectId}/directReports`))).toBe("Authorization_RequestDenied");
  });

  it.each<[string, string, number, string]>([
    [
      "somebody it does not know",
      "00000000-0000-4000-8000-000000000000/transitiveMemberOf",
      404,
      "Request_ResourceNotFound",
    ],
    ["a cast", `${busy.entraObjectId}/transitiveMemberOf/microsoft.graph.group`, 400, "Request_UnsupportedQuery"],
    ["a page that is too large", `${busy.entraObjectId}/transitiveMemberOf?$top=1000`, 400, "Request_BadRequest"],
    ["a made-up page", `${busy.entraObjectId}/transitiveMemberOf?$skiptoken=x`, 400, "Request_BadRequest"],
    ["something else", `${busy.entraObjectId}/messages`, 501, "NotImplemented"],
  ])("refuses a question for %s", async (_what, path, status, error) => {
    const answer = await list(path);
    expect([answer.status, code(answer)]).toEqual([status, error]);
  });

  it.each(["", "x", "a.b.c"])("refuses the token %j", async (bearer) => {
    const answer = await list(`${busy.entraObjectId}/directReports`, bearer);
    expect([answer.status, code(answer)]).toEqual([401, "InvalidAuthenticationToken"]);
  });

  it("refuses a token of Entra for another resource", async () => {
    const other = await entra.issuers[1]?.sign({ aud: "api://other", appid: "x", roles: ["User.Read.All"] });
    expect((await list(`${busy.entraObjectId}/directReports`, other)).status).toBe(401);
  });

  it("asks for a pause where it is told to, and writes down every decision without a token", async () => {
    entra.graph.throttle(30);
    const bearer = await token();
    const answer = await list(`${busy.entraObjectId}/directReports`, bearer);
    expect([answer.status, code(answer), Number(answer.retryAfter)]).toEqual([
      429,
      "TooManyRequests",
      expect.any(Number),
    ]);
    expect(Number(answer.retryAfter)).toBeGreaterThan(25);
    expect(decisions.filter(({ by }) => by === "graph")).toHaveLength(1);
    expect(JSON.stringify(decisions)).not.toContain(bearer.slice(0, 40));
  });
});
