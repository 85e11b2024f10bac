import type { JsonObject, Resource } from "../../../analysis";
import { defaultAccessAppRoleId, federationAppRole } from "../../../facts/entra";
import { ResourceStore } from "../../store/resource-store";
import type { EntraPerson } from "../entra/people";

export const tenantId = "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11";

export const resourceApp = {
  clientId: "11111111-aaaa-4aaa-aaaa-000000000001",
  principal: "11111111-bbbb-4aaa-aaaa-000000000001",
};
export const brokerApp = {
  clientId: "22222222-aaaa-4aaa-aaaa-000000000002",
  principal: "22222222-bbbb-4aaa-aaaa-000000000002",
};
export const loginApp = {
  clientId: "33333333-aaaa-4aaa-aaaa-000000000003",
  principal: "33333333-bbbb-4aaa-aaaa-000000000003",
};
export const loginSecret = "the-login-applications-own-secret";
export const redirectUri =
  "https://auth.cloud.google/signin-callback/locations/global/workforcePools/ailab-people-dev-01/providers/entra";
export const identifierUri = `api://${resourceApp.clientId}`;

export const employees = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01";
export const serviceDesk = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02";
export const unassignedGroup = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a09";

const person = (number: number, key: string, displayName: string, entraGroups: readonly string[]): EntraPerson => ({
  key,
  displayName,
  email: `${key}@ailab.com`,
  entraObjectId: `a3b9d2c0-51e7-4d7a-8c1e-00000000000${number}`,
  entraGroups,
});

export const deskAgent = person(1, "desk-agent", "Service desk agent", [employees, serviceDesk, unassignedGroup]);
export const manager = person(2, "manager", "Manager <of> marketing", [employees]);
export const guest = person(5, "guest", "Guest without a group", []);
export const people: readonly EntraPerson[] = [deskAgent, manager, guest];

const roleId = "55555555-aaaa-4aaa-aaaa-000000000005";

/** A store with a broker, the resource it federates through, and the application that people log in to. */
export function entraStore(brokerCertificatePem: string): ResourceStore {
  const store = new ResourceStore();
  const put = (type: string, name: string, values: JsonObject) => store.put(entraResource(type, name, values));
  const registration = (name: string, clientId: string, values: JsonObject = {}) =>
    put("azuread_application_registration", name, {
      id: `/applications/${name}`,
      client_id: clientId,
      display_name: `ailab ${name}`,
      requested_access_token_version: 2,
      ...values,
    });
  const principal = (name: string, app: { clientId: string; principal: string }, values: JsonObject = {}) =>
    put("azuread_service_principal", name, { client_id: app.clientId, object_id: app.principal, ...values });

  registration("federation", resourceApp.clientId);
  principal("federation", resourceApp, { app_role_assignment_required: true });
  put("azuread_application_identifier_uri", "federation", {
    application_id: "/applications/federation",
    identifier_uri: identifierUri,
  });
  put("azuread_application_app_role", "federate", {
    application_id: "/applications/federation",
    role_id: roleId,
    value: federationAppRole,
  });

  registration("broker", brokerApp.clientId);
  principal("broker", brokerApp);
  put("azuread_application_certificate", "broker", {
    application_id: "/applications/broker",
    type: "AsymmetricX509Cert",
    value: brokerCertificatePem,
  });
  put("azuread_app_role_assignment", "broker", {
    app_role_id: roleId,
    principal_object_id: brokerApp.principal,
    resource_object_id: resourceApp.principal,
  });

  registration("login", loginApp.clientId, { group_membership_claims: ["ApplicationGroup"] });
  principal("login", loginApp, { app_role_assignment_required: true });
  put("azuread_application_password", "login", { application_id: "/applications/login", value: loginSecret });
  put("azuread_application_redirect_uris", "login", {
    application_id: "/applications/login",
    type: "Web",
    redirect_uris: [redirectUri],
  });
  for (const group of [employees, serviceDesk]) {
    put("azuread_app_role_assignment", `login_${group}`, {
      app_role_id: defaultAccessAppRoleId,
      principal_object_id: group,
      resource_object_id: loginApp.principal,
    });
  }
  return store;
}

export const entraResource = (type: string, name: string, values: JsonObject): Resource => ({
  stack: "dev",
  address: `${type}.${name}`,
  type,
  name,
  values,
});
