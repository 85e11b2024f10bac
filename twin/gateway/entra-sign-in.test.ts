import { workforceSignInCallback } from "../../facts/google-endpoints";
import { createEntra } from "../issuers";
import { echoSchema } from "./testing/echo-runner";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import {
  appHost,
  deskGroup,
  employeeGroup,
  entraClientId,
  entraClientSecret,
  resource,
  tenant,
} from "./testing/gateway-resources";
import type { TestBrowser, Visit } from "./testing/test-browser";

/** The sign-in through the twin's own Entra: both sides have to meet. */

const app = `https://${appHost}/service-desk`;
const person = (number: number, key: string, entraGroups: string[]) => ({
  key,
  displayName: key,
  email: `${key}@example.com`,
  entraObjectId: `a3b9d2c0-51e7-4d7a-8c1e-00000000000${number}`,
  entraGroups,
});
const people = [person(1, "desk-agent", [employeeGroup, deskGroup]), person(2, "employee", [employeeGroup])];

let fixture: GatewayFixture;
let browser: TestBrowser;

beforeEach(async () => {
  fixture = await startGateway(
    (store, decisions, publicOrigin) => createEntra({ store, decisions, publicOrigin, people, tenantId: tenant }).host,
  );
  const application_id = "/applications/login";
  for (const [type, values] of [
    [
      "azuread_application_registration",
      {
        id: application_id,
        client_id: entraClientId,
        display_name: "people",
        requested_access_token_version: 2,
        group_membership_claims: ["SecurityGroup"],
      },
    ],
    ["azuread_service_principal", { client_id: entraClientId, object_id: "44444444-bbbb-4aaa-aaaa-000000000004" }],
    ["azuread_application_password", { application_id, value: entraClientSecret }],
    [
      "azuread_application_redirect_uris",
      {
        application_id,
        type: "Web",
        redirect_uris: [workforceSignInCallback("example-people-dev-01", "entra-dev-01")],
      },
    ],
  ] as const) {
    fixture.store.put(resource(type, "login", values));
  }
  browser = fixture.browser();
});

afterEach(() => fixture.close());

/** Picks a person; where Entra then ends the former person's session with a form that a script sends, sends it. */
async function choose(page: Visit, key: string): Promise<Visit> {
  const visit = await browser.submit(page.url.href, { person: key });
  const action = /action="([^"]+\/logout\/confirm)"/.exec(visit.body)?.[1];
  const fields = [...visit.body.matchAll(/type="hidden" name="([^"]+)" value="([^"]+)"/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  return action === undefined ? visit : browser.submit(action, Object.fromEntries(fields));
}

const isChoice = ({ url, status }: Visit) => status === 200 && url.hostname === "login.microsoftonline.com.localhost";

it("brings a person to the app after the choice at Entra, and silently to the next one", async () => {
  const page = await browser.open(app);
  expect(isChoice(page)).toBe(true);
  const visit = await choose(page, "desk-agent");

  expect(visit.status).toBe(200);
  expect(echoSchema.parse(JSON.parse(visit.body)).headers).toMatchObject({
    "x-goog-authenticated-user-email": "sts.google.com:desk-agent@example.com",
  });
  browser.cookies.delete(`${appHost}.localhost`);
  expect((await browser.open(app)).status).toBe(200);
});

it("asks again who it is after logging out, and takes another person", async () => {
  await choose(await browser.open(app), "desk-agent");
  const page = await browser.open(`${app}?gcp-iap-mode=CLEAR_LOGIN_COOKIE`);

  expect(isChoice(page)).toBe(true);
  const visit = await choose(page, "employee");
  expect(visit.status).toBe(403);
  expect(visit.body).toContain("You don't have access");
});
