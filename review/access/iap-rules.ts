import { isEmpty } from "../model/shown-value";
import { sentence, words } from "../text/sentence";
import { clientCertificateHeaderRules } from "./client-certificate-rules";
import { type AccessRule, changes, found, narrows, widens } from "./finding";
import type { Rank } from "./rank";

const settings: readonly { readonly path: string; readonly name: string; readonly rank: Rank }[] = [
  { path: "access_settings.identity_sources", name: "identity sources", rank: "high" },
  { path: "access_settings.workforce_identity_settings.workforce_pools", name: "workforce pools", rank: "critical" },
  { path: "access_settings.workforce_identity_settings.oauth2", name: "OAuth client", rank: "high" },
  { path: "access_settings.oauth_settings", name: "OAuth settings", rank: "high" },
  { path: "access_settings.allowed_domains_settings", name: "allowed domains", rank: "high" },
  { path: "access_settings.gcip_settings", name: "Identity Platform tenants", rank: "high" },
  { path: "access_settings.cors_settings", name: "CORS settings", rank: "high" },
  { path: "access_settings.reauth_settings", name: "reauthentication", rank: "medium" },
  { path: "application_settings.attribute_propagation_settings", name: "propagated attributes", rank: "medium" },
];

export const iapSettingsRules: AccessRule = (sides) => {
  if (sides.deleted) {
    return [
      changes(
        "iap",
        "high",
        "",
        words("The IAP settings are removed: defaults decide who is asked to sign in, and how."),
      ),
    ];
  }
  if (sides.created) {
    return [
      changes(
        "iap",
        "medium",
        "access_settings",
        sentence`IAP asks people of ${sides.becomesText("access_settings.workforce_identity_settings.workforce_pools")} to sign in.`,
      ),
    ];
  }
  return settings
    .filter(({ path }) => sides.differs(path))
    .map(({ path, name, rank }) =>
      changes(
        "iap",
        rank,
        path,
        sentence`The ${name} of IAP change from ${sides.wasText(path)} to ${sides.becomesText(path)}.`,
      ),
    );
};

/** Backends: behind IAP or not, filtered by Cloud Armor or not, and the headers that speak of client certificates. */
export const backendServiceRules: AccessRule = (sides) => {
  const [was, becomes] = [sides.was("iap.enabled") === true, sides.becomes("iap.enabled") === true];
  const outside = String(sides.becomes("load_balancing_scheme") ?? "EXTERNAL").startsWith("EXTERNAL");
  return [
    ...found(
      sides.altered &&
        was &&
        !becomes &&
        widens(
          "iap",
          "critical",
          "iap",
          words("IAP no longer protects the backend: requests reach it without a sign-in."),
        ),
      sides.altered && !was && becomes && narrows("iap", "low", "iap", words("IAP protects the backend now.")),
      sides.altered &&
        was &&
        becomes &&
        sides.differs("iap") &&
        changes("iap", "high", "iap", words("The OAuth client of IAP on the backend changes.")),
      sides.created &&
        !becomes &&
        outside &&
        widens("iap", "medium", "iap", words("A new backend of an external load balancer, not behind IAP.")),
      sides.altered &&
        sides.differs("security_policy") &&
        isEmpty(sides.becomes("security_policy")) &&
        widens(
          "public-exposure",
          "high",
          "security_policy",
          words("Cloud Armor no longer filters requests to the backend."),
        ),
    ),
    ...clientCertificateHeaderRules(sides),
  ];
};

export const oauthClientRules: AccessRule = (sides) => {
  if (sides.created)
    return [
      widens(
        "oauth-client",
        "medium",
        "",
        sentence`A new OAuth client, which sends codes to ${sides.becomesText("allowed_redirect_uris")}.`,
      ),
    ];
  if (sides.deleted)
    return [
      narrows("oauth-client", "medium", "", words("The OAuth client goes: nobody signs in through it any more.")),
    ];
  return found(
    sides.differs("allowed_redirect_uris") &&
      changes(
        "oauth-client",
        "high",
        "allowed_redirect_uris",
        sentence`Codes may be sent to ${sides.becomesText("allowed_redirect_uris")} instead of ${sides.wasText("allowed_redirect_uris")}.`,
      ),
    sides.differs("allowed_scopes") &&
      changes(
        "oauth-client",
        "high",
        "allowed_scopes",
        sentence`The client may ask for ${sides.becomesText("allowed_scopes")}.`,
      ),
    sides.differs("allowed_grant_types") &&
      changes(
        "oauth-client",
        "high",
        "allowed_grant_types",
        sentence`The client may use ${sides.becomesText("allowed_grant_types")}.`,
      ),
    sides.differs("disabled") &&
      (sides.becomes("disabled") === true
        ? narrows(
            "oauth-client",
            "medium",
            "disabled",
            words("The OAuth client is disabled: nobody signs in through it."),
          )
        : widens("oauth-client", "high", "disabled", words("The OAuth client is enabled."))),
  );
};

export const oauthClientCredentialRules: AccessRule = (sides) =>
  found(
    sides.created && widens("oauth-client", "medium", "", words("A new secret of the OAuth client.")),
    sides.deleted &&
      narrows(
        "oauth-client",
        "medium",
        "",
        words("A secret of the OAuth client goes: whoever uses it can no longer sign people in."),
      ),
    sides.altered &&
      sides.differs("disabled") &&
      changes(
        "oauth-client",
        "medium",
        "disabled",
        sentence`The switch "disabled" of the client's secret becomes ${sides.becomesText("disabled")}.`,
      ),
    sides.altered &&
      sides.differs("client_secret") &&
      changes("oauth-client", "medium", "client_secret", words("The client's secret changes.")),
  );
