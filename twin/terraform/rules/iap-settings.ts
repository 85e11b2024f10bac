import type { JsonObject } from "../../../analysis";
import { all, oneOf } from "./checks";
import { googleRefusal } from "./google-refusal";
import { findNamed, type RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { text } from "./values";

const check = all(
  oneOf("access_settings.identity_sources", ["WORKFORCE_IDENTITY_FEDERATION"]),
  oneOf("access_settings.reauth_settings.method", ["LOGIN", "SECURE_KEY", "ENROLLED_SECOND_FACTORS"]),
  oneOf("access_settings.reauth_settings.policy_type", ["MINIMUM", "DEFAULT"]),
  oneOf("application_settings.attribute_propagation_settings.output_credentials", ["HEADER", "JWT", "RCTOKEN"]),
);
const identity = (values: JsonObject): string => text(values, "name") ?? "";

/** Identity-Aware Proxy. Create and update are the same PATCH. Source: the Google provider 6.50, package iap. */
export const iapRules: readonly RulesOfType[] = [
  [
    "google_iap_settings",
    {
      forceNew: ["name"],
      validate: (values) => check(values),
      identity,
      computed: (values) => ({ id: identity(values) }),
      refuseCreate: (values, context) => missingBackend(values, context),
      importIdentity: (importId) => importId,
    },
  ],
];

function missingBackend(values: JsonObject, context: RuleContext): Violation | undefined {
  const found = /^projects\/([^/]+)\/iap_web\/compute\/services\/([^/]+)$/.exec(identity(values));
  if (found === null) return undefined;
  const name = `projects/${found[1]}/global/backendServices/${found[2]}`;
  // The service may be named by its numeric id as well.
  const byNumber = context.store.find(
    "google_compute_backend_service",
    ({ values: { generated_id } }) => String(generated_id) === found[2],
  );
  if (byNumber !== undefined || findNamed(context, "google_compute_backend_service", name) !== undefined)
    return undefined;
  return googleRefusal("Error creating Settings", 404, "Requested entity was not found.", undefined, ["name"]);
}
