import type { JsonObject } from "../../../analysis";
import { Cloud, rulesOf } from "./testing/rules-fixture";

const registrationType = "azuread_application_registration";
const principalType = "azuread_service_principal";
const assignmentType = "azuread_app_role_assignment";
const role = "d350e7c9-1088-53e4-adfc-26724b1767ef";
const person = "11111111-2222-4333-8444-555555555555";

describe("an application", () => {
  let cloud: Cloud;
  let id: string;
  beforeEach(() => {
    cloud = new Cloud();
    id = cloud.create(registrationType, { display_name: "Broker" }).identity;
  });
  const of = (values: JsonObject) => ({ application_id: id, ...values });
  const appRole = (values: JsonObject = {}) =>
    of({
      role_id: role,
      allowed_member_types: ["Application"],
      description: "d",
      display_name: "n",
      value: "v",
      ...values,
    });

  it("is given ids, others each time, and keeps those it has", () => {
    const { values } = cloud.create(registrationType, { display_name: "Broker" });
    expect(values).toMatchObject({
      id: `/applications/${String(values["object_id"])}`,
      requested_access_token_version: 2,
    });
    expect(values["id"]).not.toBe(id);
    const { computed, invented } = rulesOf(registrationType);
    expect(computed(values, cloud.context())).toMatchObject({
      object_id: values["object_id"],
      client_id: values["client_id"],
    });
    expect(invented).toEqual(["object_id", "client_id"]);
  });

  it.each([
    [{ display_name: "" }, "to not be an empty string"],
    [{ sign_in_audience: "Everyone" }, "expected sign_in_audience to be one of"],
    [{ requested_access_token_version: 3 }, 'value for "requested_access_token_version" must be one of: 1, 2'],
    [{ group_membership_claims: ["ApplicationGroup", "Some"] }, "expected group_membership_claims.1 to be one of"],
  ])("is refused with %j", (values, words) => {
    expect(cloud.words(registrationType, { display_name: "x", ...values })).toEqual([expect.stringContaining(words)]);
  });

  it("gives its parts ids below its own", () => {
    const { identity: roleId } = cloud.create("azuread_application_app_role", appRole());
    const { identity: uriId } = cloud.create("azuread_application_identifier_uri", of({ identifier_uri: "api://x" }));
    const { identity: claimsId } = cloud.create(
      "azuread_application_optional_claims",
      of({ id_token: [{ name: "email" }] }),
    );
    const { identity: urisId } = cloud.create(
      "azuread_application_redirect_uris",
      of({ type: "Web", redirect_uris: ["https://x/"] }),
    );
    expect([roleId, uriId, claimsId, urisId]).toEqual([
      `${id}/appRoles/${role}`,
      `${id}/identifierUris/${Buffer.from("api://x").toString("base64")}`,
      `${id}/optionalClaims`,
      `${id}/redirectUris/Web`,
    ]);
  });

  it("has each part once", () => {
    const parts: readonly [string, JsonObject][] = [
      ["azuread_application_app_role", appRole()],
      ["azuread_application_identifier_uri", of({ identifier_uri: "api://x" })],
      ["azuread_application_optional_claims", of({ id_token: [{ name: "email" }] })],
      ["azuread_application_redirect_uris", of({ type: "Web", redirect_uris: ["https://x/"] })],
    ];
    for (const [type, values] of parts) {
      const { identity } = cloud.create(type, values);
      expect(cloud.words(type, values)).toEqual([
        `A resource with the ID "${identity}" already exists - to be managed via Terraform this resource needs to be imported into the State. Please see the resource documentation for "${type}" for more information.`,
      ]);
    }
  });

  it("shares no identifier URI with another", () => {
    cloud.create("azuread_application_identifier_uri", of({ identifier_uri: "api://x" }));
    const other = cloud.create(registrationType, { display_name: "Other" }).identity;
    const words = (uri: string) =>
      cloud.words("azuread_application_identifier_uri", { application_id: other, identifier_uri: uri });
    expect(words("api://x")[0]).toContain(
      "Another object with the same value for property identifierUris already exists.",
    );
    expect(words("api://y")).toEqual([]);
  });

  it.each([
    ["azuread_application_app_role", { role_id: "1" }, 'expected "role_id" to be a valid UUID, got 1'],
    [
      "azuread_application_app_role",
      { allowed_member_types: ["Group"] },
      "expected allowed_member_types.0 to be one of",
    ],
    ["azuread_application_app_role", { description: "" }, "to not be an empty string"],
    ["azuread_application_redirect_uris", { type: "Mobile" }, "expected type to be one of"],
    ["azuread_application_optional_claims", {}, "one of `access_token,id_token,saml2_token` must be specified"],
    ["azuread_application_certificate", { encoding: "der" }, "expected encoding to be one of"],
    ["azuread_application_certificate", { type: "RSA" }, "expected type to be one of"],
    ["azuread_application_certificate", { end_date: "tomorrow" }, 'expected "end_date" to be a valid RFC3339 date'],
    [
      "azuread_application_password",
      { end_date: "2027-01-01T00:00:00Z", end_date_relative: "1h" },
      "conflicts with end_date_relative",
    ],
    ["azuread_application_password", { end_date_relative: "a year" }, "to be a duration"],
    [
      "azuread_application_password",
      { application_id: "objectid" },
      'parsing "objectid": the number of segments didn\'t match',
    ],
  ])("refuses in %s: %j", (type, values, words) => {
    const whole = type === "azuread_application_app_role" ? appRole(values) : of(values);
    expect(cloud.words(type, whole)).toEqual([expect.stringContaining(words)]);
  });

  it("must be there before its parts", () => {
    const missing = { application_id: `/applications/${person}`, identifier_uri: "api://x" };
    expect(cloud.words("azuread_application_identifier_uri", missing)[0]).toContain(
      `Request_ResourceNotFound: Resource '${person}' does not exist`,
    );
  });

  it("has credentials that end when they should", () => {
    cloud.now = Date.UTC(2026, 0, 1, 12, 0, 0, 500);
    const password = cloud.create("azuread_application_password", of({ end_date_relative: "2160h" })).values;
    expect(password).toMatchObject({ start_date: "2026-01-01T12:00:00Z", end_date: "2026-04-01T12:00:00Z" });
    expect(password["value"]).toMatch(/^[\w-]{40}$/);
    expect(cloud.create("azuread_application_password", of({})).values["value"]).not.toBe(password["value"]);
    const certificate = cloud.create("azuread_application_certificate", of({ value: "x", key_id: role }));
    expect(certificate.values).toMatchObject({ encoding: "pem", end_date: "2028-01-01T12:00:00Z" });
    expect(certificate.identity).toBe(`${id.replace("/applications/", "")}/certificate/${role}`);
    expect(cloud.words("azuread_application_certificate", of({ value: "x", key_id: role }))[0]).toContain(
      "already exists",
    );
  });
});

describe("a service principal and its assignments", () => {
  let cloud: Cloud;
  let clientId: string;
  let resource: string;
  beforeEach(() => {
    cloud = new Cloud();
    const application = cloud.create(registrationType, { display_name: "Broker" });
    clientId = String(application.values["client_id"]);
    resource = String(cloud.create(principalType, { client_id: clientId }).values["object_id"]);
    cloud.create("azuread_application_app_role", {
      application_id: application.identity,
      role_id: role,
      allowed_member_types: ["Application"],
      description: "d",
      display_name: "n",
    });
  });
  const assignment = (values: JsonObject = {}) => ({
    app_role_id: role,
    principal_object_id: person,
    resource_object_id: resource,
    ...values,
  });

  it("is one for each application", () => {
    expect(cloud.words(principalType, { client_id: clientId })).toEqual([
      `Could not create service principal: unexpected status 409 (409 Conflict) with error: Request_MultipleObjectsWithSameKeyValue: The service principal cannot be created, updated, or restored because the service principal name ${clientId} is already in use.`,
    ]);
    expect(cloud.words(principalType, { client_id: clientId, use_existing: true })).toEqual([]);
  });

  it("belongs to an application of the tenant", () => {
    expect(cloud.words(principalType, { client_id: person })[0]).toContain("the backing application");
    expect(cloud.words(principalType, { client_id: "x" })).toEqual(['expected "client_id" to be a valid UUID, got x']);
  });

  it("is assigned to a principal once", () => {
    cloud.create(assignmentType, assignment());
    expect(cloud.words(assignmentType, assignment())[0]).toContain(
      "Permission being assigned already exists on the object",
    );
    expect(cloud.words(assignmentType, assignment({ principal_object_id: role }))).toEqual([]);
  });

  it("has the roles of its application, and plain access", () => {
    expect(cloud.words(assignmentType, assignment({ app_role_id: person }))[0]).toContain(
      `Permission being assigned was not found on application '${clientId}'.`,
    );
    expect(cloud.words(assignmentType, assignment({ app_role_id: "00000000-0000-0000-0000-000000000000" }))).toEqual(
      [],
    );
    expect(cloud.words(assignmentType, assignment({ resource_object_id: person }))[0]).toContain(
      "Service principal not found for resource",
    );
  });
});
