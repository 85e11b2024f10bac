import type { JsonObject } from "../../../analysis";
import { oneOf } from "./checks";
import { creationTime } from "./derived";
import { googleRefusal } from "./google-refusal";
import { findNamed, googleResource, type RulesOfType } from "./google-resource";
import { block, text } from "./values";

const trustConfigType = "google_certificate_manager_trust_config";
const location = { location: "global" };
const times = (values: JsonObject): JsonObject => ({
  create_time: creationTime,
  update_time: creationTime,
  effective_labels: values["labels"] ?? {},
  terraform_labels: values["labels"] ?? {},
});
const importForms = ["{project}/{location}/{name}", "{location}/{name}"];

/** Whom a load balancer trusts as clients. Source: the Google provider 6.50, packages certificatemanager and networksecurity. */
export const clientCertificateRules: readonly RulesOfType[] = [
  googleResource({
    type: trustConfigType,
    label: "TrustConfig",
    id: "projects/{project}/locations/{location}/trustConfigs/{name}",
    idDefaults: location,
    importForms,
    forceNew: ["name", "location", "project"],
    computed: times,
    exists: (id) => [`Resource '${id}' already exists`],
    users: {
      kind: "trust_config",
      by: [
        {
          type: "google_network_security_server_tls_policy",
          paths: ["mtls_policy.client_validation_trust_config"],
        },
      ],
    },
  }),
  googleResource({
    type: "google_network_security_server_tls_policy",
    label: "ServerTlsPolicy",
    id: "projects/{project}/locations/{location}/serverTlsPolicies/{name}",
    idDefaults: location,
    importForms,
    forceNew: ["name", "location", "project"],
    defaults: location,
    check: oneOf("mtls_policy.client_validation_mode", [
      "CLIENT_VALIDATION_MODE_UNSPECIFIED",
      "ALLOW_INVALID_OR_MISSING_CLIENT_CERT",
      "REJECT_INVALID",
    ]),
    computed: times,
    exists: (id) => [`Resource '${id}' already exists`],
    refuse: (values, context, action) => {
      const named = text(block(values, "mtls_policy") ?? {}, "client_validation_trust_config");
      return named === undefined || findNamed(context, trustConfigType, named) !== undefined
        ? undefined
        : googleRefusal(action, 404, `Resource '${named}' was not found`, undefined, ["mtls_policy"]);
    },
    users: {
      kind: "server_tls_policy",
      by: [{ type: "google_compute_target_https_proxy", paths: ["server_tls_policy"] }],
    },
  }),
];
