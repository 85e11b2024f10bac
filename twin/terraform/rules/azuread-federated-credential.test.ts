import type { JsonObject } from "../../../analysis";
import { microsoftGraphAppRoles, microsoftGraphClientId } from "../../../facts/microsoft-graph";
import { Cloud } from "./testing/rules-fixture";

const type = "azuread_application_federated_identity_credential";

describe("a federated identity credential", () => {
  let cloud: Cloud;
  let application: string;
  beforeEach(() => {
    cloud = new Cloud();
    application = cloud.create("azuread_application_registration", { display_name: "Reader" }).identity;
  });
  const credential = (values: JsonObject = {}) => ({
    application_id: application,
    display_name: "app-service-desk",
    issuer: "https://accounts.google.com",
    subject: "104857600123456789999",
    audiences: ["api://AzureADTokenExchange"],
    ...values,
  });

  it("is given an id below the application's", () => {
    const { values } = cloud.create(type, credential());
    const objectId = application.replace("/applications/", "");
    expect(values["id"]).toBe(`${objectId}/federatedIdentityCredential/${String(values["credential_id"])}`);
  });

  it.each<[string, JsonObject, string]>([
    ["an empty subject", { subject: "" }, "to not be an empty string"],
    ["two audiences", { audiences: ["a", "b"] }, "Too many list items"],
    ["no known application", { application_id: "/applications/x" }, "does not exist"],
  ])("is refused with %s", (_what, values, words) => {
    expect(cloud.words(type, credential(values))).toEqual([expect.stringContaining(words)]);
  });

  it("has a name and a subject of its own on the application, of which there are at most twenty", () => {
    cloud.create(type, credential());
    expect(cloud.words(type, credential({ subject: "2" }))).toEqual([expect.stringContaining("already exists")]);
    expect(cloud.words(type, credential({ display_name: "other" }))).toEqual([
      expect.stringContaining("same issuer and subject"),
    ]);
    for (let number = 1; number < 20; number += 1)
      cloud.create(type, credential({ display_name: `n${number}`, subject: `${number}` }));
    expect(cloud.words(type, credential({ display_name: "last", subject: "last" }))).toEqual([
      expect.stringContaining("at most 20"),
    ]);
  });
});

describe("Microsoft Graph's service principal", () => {
  const graph = { client_id: microsoftGraphClientId, use_existing: true };

  it("is one in the tenant, whoever takes it up", () => {
    const cloud = new Cloud();
    const first = cloud.create("azuread_service_principal", graph, "dev");
    const second = cloud.create("azuread_service_principal", graph, "prod");
    expect(first.values["object_id"]).toBe(second.values["object_id"]);
    expect(cloud.words("azuread_service_principal", { client_id: microsoftGraphClientId })).not.toEqual([]);
  });

  it("gives the permissions that Graph has, and no others", () => {
    const cloud = new Cloud();
    const resource = String(cloud.create("azuread_service_principal", graph).values["object_id"]);
    const assignment = (role: string) => ({
      app_role_id: role,
      principal_object_id: "11111111-2222-4333-8444-555555555555",
      resource_object_id: resource,
    });
    expect(cloud.words("azuread_app_role_assignment", assignment(microsoftGraphAppRoles["User.Read.All"]))).toEqual([]);
    expect(cloud.words("azuread_app_role_assignment", assignment("11111111-2222-4333-8444-555555555556"))).toEqual([
      expect.stringContaining("was not found"),
    ]);
  });
});
