import type { JsonObject, Resource } from "../../../analysis";
import { clientCertificateRequestHeaders } from "../../../facts/client-certificate-headers";
import { entraIssuer } from "../../../facts/entra";
import { iapRedirectUri } from "../../../facts/google-endpoints";
import { iapServiceAgent } from "../../../facts/iap";
import { ResourceStore } from "../../store/resource-store";

/** A small environment as Terraform would leave it: two apps for people behind IAP, one service for machines. */

export const tenant = "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11";
export const entraClientId = "11111111-2222-4333-8444-555555555555";
export const entraClientSecret = "entra-client-secret";
export const oauthClientId = "a0000000-0000-4000-a000-000000000001";
const oauthClientSecret = "oauth-client-secret";
export const projectNumber = "710000000001";
export const appHost = "dev.example.com";
export const machineHost = "machines.dev.example.com";
export const deskGroup = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02";
export const employeeGroup = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01";
export const pool = "locations/global/workforcePools/example-people-dev-01";
export const provider = `${pool}/providers/entra-dev-01`;
export const sessionSeconds = 3600;

const project = "example-dev";
const compute = (kind: string, name: string) => `projects/${project}/global/${kind}/${name}`;
const linked = (kind: string, name: string) => ({
  name,
  id: compute(kind, name),
  self_link: `https://www.googleapis.com/compute/v1/${compute(kind, name)}`,
});

/** A resource of the "dev" stack. */
export function resource(type: string, name: string, values: JsonObject): Resource {
  return { stack: "dev", address: `${type}.${name}`, type, name, values };
}

/** Changes some arguments of an applied resource; `undefined` removes one. */
export function change(
  store: ResourceStore,
  address: string,
  values: Readonly<Record<string, JsonObject[string] | undefined>>,
): void {
  const found = store.all().find((candidate) => candidate.address === address);
  if (found === undefined) throw new Error(`no resource ${address}`);
  const merged: Record<string, JsonObject[string]> = { ...found.values };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete merged[name];
    else merged[name] = value;
  }
  store.put({ ...found, values: merged });
}

/** The store of the environment. @param machineTrustAnchor PEM of the machines' authority */
export function applied(machineTrustAnchor: string): ResourceStore {
  const store = new ResourceStore();
  for (const entry of [...workforce(), ...people(), ...machines(machineTrustAnchor)]) store.put(entry);
  return store;
}

function workforce(): readonly Resource[] {
  return [
    resource("google_iam_workforce_pool", "people", {
      parent: "organizations/402918374650",
      location: "global",
      workforce_pool_id: "example-people-dev-01",
      name: pool,
      state: "ACTIVE",
      session_duration: `${sessionSeconds}s`,
    }),
    resource("google_iam_workforce_pool_provider", "entra", {
      workforce_pool_id: "example-people-dev-01",
      provider_id: "entra-dev-01",
      location: "global",
      name: provider,
      state: "ACTIVE",
      attribute_mapping: {
        "google.subject": "assertion.oid",
        "google.groups": "assertion.groups",
        "google.email": "assertion.email",
        "google.display_name": "assertion.name",
      },
      attribute_condition: `assertion.tid == "${tenant}"`,
      oidc: [
        {
          issuer_uri: entraIssuer(tenant),
          client_id: entraClientId,
          client_secret: [{ value: [{ plain_text: entraClientSecret }] }],
          web_sso_config: [
            {
              response_type: "CODE",
              assertion_claims_behavior: "ONLY_ID_TOKEN_CLAIMS",
              additional_scopes: ["profile", "email"],
            },
          ],
        },
      ],
    }),
    resource("google_iam_oauth_client", "iap", {
      oauth_client_id: "iap-dev-01",
      name: `projects/${project}/locations/global/oauthClients/iap-dev-01`,
      client_id: oauthClientId,
      allowed_redirect_uris: [iapRedirectUri(oauthClientId)],
    }),
    resource("google_iam_oauth_client_credential", "iap", {
      oauthclient: "iap-dev-01",
      oauth_client_credential_id: "iap-dev-01",
      client_secret: oauthClientSecret,
    }),
    resource("keyless_service_agent", "iap", { email: iapServiceAgent(projectNumber) }),
  ];
}

function people(): readonly Resource[] {
  return [
    ...app("landing", 101, employeeGroup),
    ...app("service-desk", 102, deskGroup),
    resource("google_compute_url_map", "people", {
      ...linked("urlMaps", "people"),
      default_service: compute("backendServices", "landing"),
      host_rule: [{ hosts: [appHost], path_matcher: "apps" }],
      path_matcher: [
        {
          name: "apps",
          default_service: compute("backendServices", "landing"),
          path_rule: [
            { paths: ["/service-desk", "/service-desk/*"], service: compute("backendServices", "service-desk") },
          ],
        },
      ],
    }),
    resource("google_compute_target_https_proxy", "people", {
      ...linked("targetHttpsProxies", "people"),
      url_map: linked("urlMaps", "people").self_link,
    }),
    resource("google_compute_global_address", "people", { ...linked("addresses", "people"), address: "203.0.113.7" }),
    forwardingRule("people", "443", compute("addresses", "people"), compute("targetHttpsProxies", "people")),
    resource("google_compute_url_map", "redirect", {
      ...linked("urlMaps", "redirect"),
      default_url_redirect: [
        { https_redirect: true, strip_query: false, redirect_response_code: "MOVED_PERMANENTLY_DEFAULT" },
      ],
    }),
    resource("google_compute_target_http_proxy", "redirect", {
      ...linked("targetHttpProxies", "redirect"),
      url_map: compute("urlMaps", "redirect"),
    }),
    forwardingRule("redirect", "80", "203.0.113.7", compute("targetHttpProxies", "redirect")),
  ];
}

function machines(trustAnchor: string): readonly Resource[] {
  return [
    ...backendOf("token-broker", 201),
    resource("google_compute_url_map", "machines", {
      ...linked("urlMaps", "machines"),
      host_rule: { hosts: [machineHost], path_matcher: "all" },
      path_matcher: { name: "all", default_service: compute("backendServices", "token-broker") },
      default_service: compute("backendServices", "token-broker"),
    }),
    resource("google_certificate_manager_trust_config", "machines", {
      name: "machines",
      location: "global",
      id: `projects/${project}/locations/global/trustConfigs/machines`,
      trust_stores: [{ trust_anchors: [{ pem_certificate: trustAnchor }] }],
    }),
    resource("google_network_security_server_tls_policy", "machines", {
      name: "machines",
      location: "global",
      allow_open: false,
      id: `projects/${project}/locations/global/serverTlsPolicies/machines`,
      mtls_policy: [
        {
          client_validation_mode: "REJECT_INVALID",
          client_validation_trust_config: `projects/${projectNumber}/locations/global/trustConfigs/machines`,
        },
      ],
    }),
    resource("google_compute_target_https_proxy", "machines", {
      ...linked("targetHttpsProxies", "machines"),
      url_map: compute("urlMaps", "machines"),
      server_tls_policy: `projects/${project}/locations/global/serverTlsPolicies/machines`,
    }),
    forwardingRule("machines", "443", "203.0.113.8", compute("targetHttpsProxies", "machines")),
  ];
}

function forwardingRule(name: string, port: string, address: string, target: string): Resource {
  return resource("google_compute_global_forwarding_rule", name, {
    ...linked("forwardingRules", name),
    load_balancing_scheme: "EXTERNAL_MANAGED",
    port_range: port,
    ip_address: address,
    target,
  });
}

function app(name: string, generatedId: number, group: string): readonly Resource[] {
  return [
    ...backendOf(name, generatedId, { iap: [{ enabled: true }] }),
    resource("google_iap_settings", name, {
      name: `projects/${projectNumber}/iap_web/compute/services/${name}`,
      access_settings: [
        {
          identity_sources: ["WORKFORCE_IDENTITY_FEDERATION"],
          workforce_identity_settings: [
            { workforce_pools: [pool], oauth2: [{ client_id: oauthClientId, client_secret: oauthClientSecret }] },
          ],
        },
      ],
    }),
    resource("google_iap_web_backend_service_iam_member", name, {
      project,
      web_backend_service: name,
      role: "roles/iap.httpsResourceAccessor",
      member: `principalSet://iam.googleapis.com/${pool}/group/${group}`,
    }),
  ];
}

function backendOf(name: string, generatedId: number, values: JsonObject = {}): readonly Resource[] {
  const endpoints = `projects/${project}/regions/europe-west4/networkEndpointGroups/${name}`;
  return [
    resource("google_compute_backend_service", name, {
      ...linked("backendServices", name),
      generated_id: generatedId,
      load_balancing_scheme: "EXTERNAL_MANAGED",
      protocol: "HTTPS",
      custom_request_headers: [...clientCertificateRequestHeaders],
      custom_response_headers: ["Strict-Transport-Security:max-age=31536000"],
      backend: [{ group: endpoints }],
      ...values,
    }),
    resource("google_compute_region_network_endpoint_group", name, {
      id: endpoints,
      name,
      region: "europe-west4",
      network_endpoint_type: "SERVERLESS",
      cloud_run: [{ service: name }],
    }),
    resource("google_cloud_run_v2_service", name, {
      name,
      location: "europe-west4",
      uri: `https://${name}-${projectNumber}.europe-west4.run.app`,
    }),
  ];
}
