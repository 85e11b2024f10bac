import { TerraformStack, Testing } from "cdktf";
import { z } from "zod";
import { EntraFederationApplications } from "./entra-federation-applications";
import { EntraLoginApplication } from "./entra-login-application";

const blocks = z.record(z.string(), z.record(z.string(), z.looseObject({})));

/** Finds the values of a resource by type and the end of its construct's path. */
function synthesized(build: (stack: TerraformStack) => void) {
  const stack = new TerraformStack(Testing.app(), "dev");
  build(stack);
  const resources = blocks.parse(JSON.parse(Testing.synth(stack)).resource);
  return (type: string, name = "") => {
    const [found] = Object.entries(resources[type] ?? {}).filter(([address]) => address.includes(name));
    if (found === undefined) throw new Error(`no ${type} ${name}`);
    return { reference: (attribute: string) => `$\{${type}.${found[0]}.${attribute}}`, values: found[1] };
  };
}

describe("the applications by which the broker federates", () => {
  const find = synthesized((stack) => {
    new EntraFederationApplications(stack, "entra", { environment: "dev", certificatePem: "certificate" });
  });
  const registrations = "azuread_application_registration";
  const principals = "azuread_service_principal";

  it("get version 2.0 tokens for the resource, whose principal only assigned clients reach", () => {
    expect(find(registrations, "resource").values).toMatchObject({ requested_access_token_version: 2 });
    expect(find(principals, "resource-principal").values).toMatchObject({
      client_id: find(registrations, "resource").reference("client_id"),
      app_role_assignment_required: true,
    });
    expect(find("azuread_application_identifier_uri").values).toMatchObject({
      identifier_uri: `api://${find(registrations, "resource").reference("client_id")}`,
    });
  });

  it("give the app role to the broker's service principal", () => {
    const role = find("azuread_application_app_role");
    expect(role.values).toMatchObject({ value: "Gcp.Federate", allowed_member_types: ["Application"] });
    expect(find("azuread_app_role_assignment").values).toMatchObject({
      app_role_id: role.reference("role_id"),
      principal_object_id: find(principals, "broker-principal").reference("object_id"),
      resource_object_id: find(principals, "resource-principal").reference("object_id"),
    });
  });

  it("let the broker prove itself by its certificate, and by no password", () => {
    expect(find("azuread_application_certificate").values).toMatchObject({
      application_id: find(registrations, "broker").reference("id"),
      type: "AsymmetricX509Cert",
      value: "certificate",
    });
    expect(() => find("azuread_application_password")).toThrow();
  });
});

describe("the application by which people sign in", () => {
  const find = synthesized((stack) => {
    new EntraLoginApplication(stack, "login", {
      environment: "dev",
      workforcePoolId: "example-people-01",
      workforceProviderId: "entra-01",
      groups: { employees: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01" },
    });
  });

  it("sends people back to their workforce pool and nowhere else", () => {
    expect(find("azuread_application_redirect_uris").values).toMatchObject({
      type: "Web",
      redirect_uris: [
        "https://auth.cloud.google/signin-callback/locations/global/workforcePools/example-people-01/providers/entra-01",
      ],
    });
  });

  it("admits the members of the assigned groups only, and puts only these groups into tokens", () => {
    expect(find("azuread_application_registration").values).toMatchObject({
      group_membership_claims: ["ApplicationGroup"],
      requested_access_token_version: 2,
    });
    expect(find("azuread_service_principal").values).toMatchObject({ app_role_assignment_required: true });
    expect(find("azuread_app_role_assignment").values).toMatchObject({
      app_role_id: "00000000-0000-0000-0000-000000000000",
      principal_object_id: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01",
      resource_object_id: find("azuread_service_principal").reference("object_id"),
    });
  });

  it("has a password of limited life, whose successor exists before it goes", () => {
    expect(find("azuread_application_password").values).toMatchObject({
      end_date_relative: "2160h",
      lifecycle: { create_before_destroy: true },
    });
  });
});
