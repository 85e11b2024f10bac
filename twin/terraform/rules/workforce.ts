import { all, exactlyOneOf, oneOf, worded } from "./checks";
import { refuseCondition } from "./claims-condition";
import { googleRefusal } from "./google-refusal";
import { findNamed, googleResource, type RulesOfType } from "./google-resource";
import { text } from "./values";
import { alreadyExists } from "./workload-identity";

const pools = "locations/{location}/workforcePools";
const location = { location: "global" };
const reserved = "The prefix `gcp-` is reserved for use by Google, and may not be specified.";
const beginsReserved = (name: string, value: string) =>
  value.startsWith("gcp-") ? [`"${name}" (${JSON.stringify(value)}) can not start with "gcp-". ${reserved}`] : [];

/** Workforce identity federation. Source: the Google provider 6.50, package iamworkforcepool; the IAM API's reference. */
export const workforceRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_iam_workforce_pool",
    label: "WorkforcePool",
    id: `${pools}/{workforce_pool_id}`,
    idDefaults: location,
    importForms: ["{location}/{workforce_pool_id}"],
    forceNew: ["location", "parent", "workforce_pool_id", "access_restrictions"],
    defaults: { session_duration: "3600s" },
    check: worded("workforce_pool_id", (value, name) => [
      ...beginsReserved(name, value),
      ...(/^[a-z][a-z0-9-]{4,61}[a-z0-9]$/.test(value)
        ? []
        : [
            `"${name}" (${JSON.stringify(value)}) must contain only lowercase letters [a-z], digits [0-9], and hyphens [-]. The WorkforcePool ID must be between 6 and 63 characters, begin with a letter, and cannot have a trailing hyphen.`,
          ]),
    ]),
    computed: (_values, _context, id) => ({ name: id, state: "ACTIVE" }),
    exists: alreadyExists,
    refuse: (values, _context, action) => {
      const seconds = /^(\d+(?:\.\d{1,9})?)s$/.exec(text(values, "session_duration") ?? "3600s")?.[1];
      const isAllowed = seconds !== undefined && Number(seconds) >= 900 && Number(seconds) <= 43_200;
      const message = "Session duration must be between 900s (15 minutes) and 43200s (12 hours).";
      return isAllowed ? undefined : googleRefusal(action, 400, message, undefined, ["session_duration"]);
    },
    softDelete: true,
  }),
  googleResource({
    type: "google_iam_workforce_pool_provider",
    label: "WorkforcePoolProvider",
    id: `${pools}/{workforce_pool_id}/providers/{provider_id}`,
    idDefaults: location,
    importForms: ["{location}/{workforce_pool_id}/{provider_id}"],
    forceNew: ["location", "workforce_pool_id", "provider_id"],
    check: all(
      worded("provider_id", (value, name) => [
        ...beginsReserved(name, value),
        ...(/^[a-z0-9-]{4,32}$/.test(value)
          ? []
          : [
              `"${name}" (${JSON.stringify(value)}) must be 4-32 characters, and may contain the characters [a-z0-9-].`,
            ]),
      ]),
      exactlyOneOf("saml", "oidc"),
      oneOf("oidc.web_sso_config.response_type", ["CODE", "ID_TOKEN"]),
      oneOf("oidc.web_sso_config.assertion_claims_behavior", [
        "MERGE_USER_INFO_OVER_ID_TOKEN_CLAIMS",
        "ONLY_ID_TOKEN_CLAIMS",
      ]),
      oneOf("extra_attributes_oauth2_client.attributes_type", ["AZURE_AD_GROUPS_MAIL", "AZURE_AD_GROUPS_ID"]),
    ),
    computed: (_values, _context, id) => ({ name: id, state: "ACTIVE" }),
    exists: alreadyExists,
    refuse: (values, context, action) => {
      const pool = `locations/${text(values, "location") ?? "global"}/workforcePools/${text(values, "workforce_pool_id") ?? ""}`;
      return findNamed(context, "google_iam_workforce_pool", pool) === undefined
        ? googleRefusal(action, 404, "Requested entity was not found.")
        : refuseCondition(values, action);
    },
    softDelete: true,
  }),
];
