import type { JsonObject } from "../../analysis";
import { accessOf, ranksOf } from "../testing/access-of";
import { changeOf, planOf } from "../testing/plan-fixture";
import { accessChanges } from "./access-changes";

const member = (values: JsonObject): JsonObject => ({
  role: "roles/bigquery.dataViewer",
  project: "p",
  member: "group:g@x",
  ...values,
});
const projectMember = "google_project_iam_member";

describe("a provider of a pool", () => {
  const type = "google_iam_workload_identity_pool_provider";
  const provider: JsonObject = {
    attribute_condition: "assertion.repository_id == '1'",
    attribute_mapping: { "google.subject": "assertion.sub" },
    oidc: [{ issuer_uri: "https://i", allowed_audiences: ["a"], jwks_json: null }],
    disabled: false,
  };
  const becomes = (after: JsonObject) => accessOf(changeOf(type, provider, { ...provider, ...after }));

  it.each<[string, JsonObject, string, string]>([
    ["its condition removed", { attribute_condition: "" }, "critical", "widens"],
    ["its condition changed", { attribute_condition: "true" }, "high", "changes"],
    ["its mapping changed", { attribute_mapping: { "google.subject": "'one'" } }, "high", "changes"],
    ["its issuer changed", { oidc: [{ issuer_uri: "https://evil", allowed_audiences: ["a"] }] }, "critical", "changes"],
    ["an audience added", { oidc: [{ issuer_uri: "https://i", allowed_audiences: ["a", "b"] }] }, "high", "changes"],
    ["an audience removed", { oidc: [{ issuer_uri: "https://i", allowed_audiences: ["b"] }] }, "high", "changes"],
    ["its audiences removed", { oidc: [{ issuer_uri: "https://i", allowed_audiences: [] }] }, "high", "widens"],
    [
      "keys uploaded",
      { oidc: [{ issuer_uri: "https://i", allowed_audiences: ["a"], jwks_json: "{}" }] },
      "critical",
      "changes",
    ],
    ["switched off", { disabled: true }, "medium", "narrows"],
  ])("with %s", (_, after, rank, effect) => {
    expect(becomes(after).map(([, itsRank, itsEffect]) => [itsRank, itsEffect])).toEqual([[rank, effect]]);
  });

  it("that is switched on again admits", () => {
    expect(ranksOf(changeOf(type, { ...provider, disabled: true }, provider))).toEqual(["federation-switch high"]);
  });

  it("that is new is high, and critical without a condition", () => {
    expect(accessOf(changeOf(type, null, provider))).toEqual([
      ["federation-trust", "high", "widens", "Trusts https://i on the condition assertion.repository_id == '1'."],
    ]);
    expect(ranksOf(changeOf(type, null, { ...provider, attribute_condition: null }))).toEqual([
      "federation-trust critical",
    ]);
  });

  it("whose description alone changes means nothing for access", () => {
    expect(becomes({ description: "other" })).toEqual([]);
  });
});

describe("other resources that govern access", () => {
  it.each<[string, JsonObject | null, JsonObject | null, string[]]>([
    ["google_iam_workforce_pool", { disabled: false }, { disabled: true }, ["federation-switch medium"]],
    [
      "google_iam_workforce_pool",
      { session_duration: "3600s" },
      { session_duration: "43200s" },
      ["federation-switch medium"],
    ],
    ["google_service_account", { disabled: true }, { disabled: false }, ["service-account high"]],
    ["google_service_account", null, { account_id: "a" }, ["service-account low"]],
    ["google_service_account_key", null, { service_account_id: "a" }, ["service-account-key high"]],
    ["google_service_account_key", { service_account_id: "a" }, null, ["service-account-key low"]],
    ["google_compute_backend_service", { iap: [{ enabled: true }] }, { iap: [] }, ["iap critical"]],
    ["google_compute_backend_service", { iap: [{ enabled: true }] }, { iap: [{ enabled: false }] }, ["iap critical"]],
    ["google_compute_backend_service", null, { load_balancing_scheme: "EXTERNAL_MANAGED" }, ["iap medium"]],
    ["google_compute_backend_service", null, { load_balancing_scheme: "INTERNAL_MANAGED" }, []],
    [
      "google_compute_backend_service",
      { custom_request_headers: ["X-Client-Cert-Spiffe-Id:{client_cert_spiffe_id}", "X-Other:1"] },
      { custom_request_headers: [] },
      ["client-certificates high"],
    ],
    ["google_compute_backend_service", { custom_request_headers: ["X-Other:1"] }, { custom_request_headers: [] }, []],
    [
      "google_iap_settings",
      { access_settings: [{ workforce_identity_settings: [{ workforce_pools: ["a"] }] }] },
      { access_settings: [{ workforce_identity_settings: [{ workforce_pools: ["b"] }] }] },
      ["iap critical"],
    ],
    ["google_iap_settings", { access_settings: [] }, null, ["iap high"]],
    [
      "google_cloud_run_v2_service",
      { ingress: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" },
      { ingress: "INGRESS_TRAFFIC_ALL" },
      ["cloud-run-exposure high"],
    ],
    [
      "google_cloud_run_v2_service",
      { ingress: "INGRESS_TRAFFIC_ALL" },
      { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" },
      ["cloud-run-exposure low"],
    ],
    ["google_cloud_run_v2_service", null, { name: "s" }, ["cloud-run-exposure high"]],
    ["google_cloud_run_v2_service", null, { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" }, []],
    ["google_cloud_run_v2_job", null, { name: "j" }, []],
    [
      "google_cloud_run_v2_service",
      { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY", template: [{ service_account: "a" }] },
      { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY", template: [{ service_account: "b" }], invoker_iam_disabled: true },
      ["cloud-run-exposure critical", "cloud-run-exposure high"],
    ],
    [
      "google_certificate_manager_trust_config",
      { trust_stores: [{ a: 1 }] },
      { trust_stores: [{ a: 2 }] },
      ["client-certificates high"],
    ],
    [
      "google_network_security_server_tls_policy",
      { mtls_policy: [{ client_validation_mode: "REJECT_INVALID" }] },
      { mtls_policy: [{ client_validation_mode: "ALLOW_INVALID_OR_MISSING_CLIENT_CERT" }] },
      ["client-certificates critical"],
    ],
    [
      "google_network_security_server_tls_policy",
      { allow_open: false },
      { allow_open: true },
      ["client-certificates critical"],
    ],
    [
      "google_compute_target_https_proxy",
      { server_tls_policy: "p" },
      { server_tls_policy: null },
      ["client-certificates critical"],
    ],
    [
      "google_org_policy_policy",
      { name: "n", spec: [{ rules: [{ enforce: "TRUE" }] }] },
      { name: "n", spec: [{ rules: [{ enforce: "FALSE" }] }] },
      ["organization-policy high"],
    ],
    ["google_org_policy_policy", { name: "n" }, null, ["organization-policy high"]],
    ["google_iam_deny_policy", { rules: [] }, null, ["deny-policy high"]],
    [
      "google_access_context_manager_service_perimeter",
      { status: [{ a: 1 }] },
      { status: [{ a: 2 }] },
      ["perimeter high"],
    ],
    ["google_project_iam_audit_config", { service: "allServices" }, null, ["audit-config high"]],
    [
      "google_storage_bucket",
      { public_access_prevention: "enforced" },
      { public_access_prevention: "inherited" },
      ["public-exposure high"],
    ],
    [
      "google_iam_oauth_client",
      { allowed_redirect_uris: ["a"] },
      { allowed_redirect_uris: ["b"] },
      ["oauth-client high"],
    ],
    ["google_iam_oauth_client_credential", null, { disabled: false }, ["oauth-client medium"]],
    [
      "azuread_app_role_assignment",
      null,
      { principal_object_id: "p", app_role_id: "r", resource_object_id: "o" },
      ["entra-assignment medium"],
    ],
    ["azuread_app_role_assignment", { principal_object_id: "p" }, null, ["entra-assignment low"]],
    ["azuread_application_password", null, { display_name: "d" }, ["entra-credential high"]],
    [
      "azuread_application_federated_identity_credential",
      null,
      { issuer: "https://i", subject: "s" },
      ["entra-credential high"],
    ],
    [
      "azuread_application_redirect_uris",
      { redirect_uris: ["a"] },
      { redirect_uris: ["a", "b"] },
      ["entra-application high"],
    ],
    [
      "azuread_application_redirect_uris",
      { redirect_uris: ["a", "b"] },
      { redirect_uris: ["a"] },
      ["entra-application low"],
    ],
    [
      "azuread_application_registration",
      { sign_in_audience: "AzureADMyOrg" },
      { sign_in_audience: "AzureADMultipleOrgs" },
      ["entra-application critical"],
    ],
    [
      "azuread_service_principal",
      { app_role_assignment_required: true },
      { app_role_assignment_required: false },
      ["entra-application high"],
    ],
    ["azuread_directory_role_assignment", null, { role_id: "r" }, ["entra-assignment critical"]],
    ["google_privileged_access_manager_entitlement", null, { a: 1 }, ["uninterpreted medium"]],
    ["google_iam_new_sort_of_thing", null, { a: 1 }, ["uninterpreted medium"]],
    ["google_compute_ssl_policy", null, { a: 1 }, []],
    ["google_compute_url_map", null, { a: 1 }, []],
    ["terraform_data", null, { a: 1 }, []],
  ])("%s from %j to %j", (type, before, after, expected) => {
    expect(ranksOf(changeOf(type, before, after))).toEqual(expected);
  });

  it("say nothing where only bookkeeping changes", () => {
    expect(accessOf(changeOf("google_privileged_access_manager_entitlement", { etag: "1" }, { etag: "2" }))).toEqual(
      [],
    );
  });

  it("that are forgotten keep giving access, and those imported gave it before", () => {
    expect(accessOf(changeOf(projectMember, member({}), null, { actions: ["forget"] }))).toEqual([
      ["iam-revocation", "medium", "changes", "Is no longer managed here; the access it gives stays in the cloud."],
    ]);
    expect(
      ranksOf(changeOf(projectMember, member({}), member({}), { actions: ["no-op"], importing: { id: "i" } })),
    ).toEqual(["iam-grant low"]);
  });

  it("that only move mean nothing for access", () => {
    expect(
      accessOf(changeOf(projectMember, member({}), member({}), { actions: ["no-op"], previousAddress: "a.b" })),
    ).toEqual([]);
  });
});

it("the gravest access changes come first", () => {
  const { changes } = planOf([
    { ...changeOf(projectMember, null, member({ member: "user:u@x" })), address: `${projectMember}.a` },
    { ...changeOf(projectMember, null, member({ member: "allUsers" })), address: `${projectMember}.b` },
    { ...changeOf(projectMember, member({}), null), address: `${projectMember}.c` },
  ]);
  expect(accessChanges(changes).map(({ rank, address }) => [rank, address])).toEqual([
    ["critical", `${projectMember}.b`],
    ["medium", `${projectMember}.a`],
    ["low", `${projectMember}.c`],
  ]);
});
