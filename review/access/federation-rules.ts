import { isEmpty } from "../model/shown-value";
import { sentence, words } from "../text/sentence";
import type { AccessFinding } from "./access-change";
import { type AccessRule, changes, found, narrows, widens } from "./finding";
import type { Rank } from "./rank";
import type { Sides } from "./sides";

/** Attributes that decide which outside tokens a provider trusts, beside its condition. */
const trust: readonly { readonly path: string; readonly name: string; readonly rank: Rank }[] = [
  { path: "oidc.issuer_uri", name: "issuer", rank: "critical" },
  { path: "oidc.jwks_json", name: "uploaded signing keys", rank: "critical" },
  { path: "oidc.client_id", name: "OAuth client id", rank: "high" },
  { path: "aws.account_id", name: "AWS account", rank: "critical" },
  { path: "saml.idp_metadata_xml", name: "SAML metadata", rank: "critical" },
  { path: "x509.trust_store", name: "certificate trust store", rank: "critical" },
  { path: "extra_attributes_oauth2_client", name: "source of further attributes", rank: "high" },
  { path: "oidc.web_sso_config", name: "web sign-in settings", rank: "medium" },
  { path: "oidc.client_secret", name: "OAuth client secret", rank: "medium" },
];

/** Providers of workload and workforce pools. */
export const providerRules: AccessRule = (sides) => {
  if (sides.created) return createdProvider(sides);
  if (sides.deleted) {
    return [
      narrows(
        "federation-trust",
        "medium",
        "",
        sentence`The provider is removed: identities of ${issuerOf(sides, "was")} are no longer admitted.`,
      ),
    ];
  }
  return [
    ...found(condition(sides), audiences(sides), switched(sides, "provider")),
    ...mapping(sides),
    ...trust
      .filter(({ path }) => sides.differs(path))
      .map(({ path, name, rank }) =>
        changes(
          "federation-trust",
          rank,
          path,
          sentence`The ${name} of the provider changes from ${sides.wasText(path)} to ${sides.becomesText(path)}.`,
        ),
      ),
  ];
};

/** Pools: an outer switch, and for people the length of a session. */
export const poolRules: AccessRule = (sides) =>
  found(
    sides.deleted &&
      narrows(
        "federation-switch",
        "medium",
        "",
        words("The pool is removed: all its identities lose access, and its id is taken for 30 days."),
      ),
    sides.altered && switched(sides, "pool"),
    sides.altered &&
      sides.differs("session_duration") &&
      changes(
        "federation-switch",
        "medium",
        "session_duration",
        sentence`Sessions last ${sides.becomesText("session_duration")} instead of ${sides.wasText("session_duration")}.`,
      ),
    sides.altered &&
      sides.differs("access_restrictions") &&
      changes("federation-trust", "high", "access_restrictions", words("The pool's access restrictions change.")),
  );

function createdProvider(sides: Sides): readonly AccessFinding[] {
  const issuer = issuerOf(sides, "becomes");
  const written = sides.becomes("attribute_condition");
  return [
    isEmpty(written)
      ? widens(
          "federation-trust",
          "critical",
          "attribute_condition",
          sentence`Trusts ${issuer} without an attribute condition: every token of the issuer for the audience is admitted.`,
        )
      : widens(
          "federation-trust",
          "high",
          "attribute_condition",
          sentence`Trusts ${issuer} on the condition ${sides.becomesText("attribute_condition")}.`,
        ),
  ];
}

function condition(sides: Sides): AccessFinding | undefined {
  const path = "attribute_condition";
  if (!sides.differs(path)) return undefined;
  if (isEmpty(sides.becomes(path))) {
    return widens(
      "federation-trust",
      "critical",
      path,
      sentence`The attribute condition ${sides.wasText(path)} is removed: every token of the issuer for the audience is admitted.`,
    );
  }
  return isEmpty(sides.was(path))
    ? narrows(
        "federation-trust",
        "medium",
        path,
        sentence`Tokens are admitted only on the condition ${sides.becomesText(path)} now.`,
      )
    : changes(
        "federation-trust",
        "high",
        path,
        sentence`The attribute condition changes from ${sides.wasText(path)} to ${sides.becomesText(path)}.`,
      );
}

function audiences(sides: Sides): AccessFinding | undefined {
  const path = "oidc.allowed_audiences";
  if (!sides.differs(path)) return undefined;
  if (isEmpty(sides.becomes(path))) {
    return widens(
      "federation-trust",
      "high",
      path,
      words("The list of audiences is removed: the default audience is accepted."),
    );
  }
  const { added, removed } = sides.items(path);
  return changes(
    "federation-trust",
    added.length > 0 ? "high" : "medium",
    path,
    sentence`Accepted audiences change: ${listed(added)} added, ${listed(removed)} removed.`,
  );
}

function mapping(sides: Sides): readonly AccessFinding[] {
  const path = "attribute_mapping";
  return sides.differs(path)
    ? [
        changes(
          "federation-trust",
          "high",
          path,
          sentence`The attribute mapping changes from ${sides.wasText(path)} to ${sides.becomesText(path)}: bindings may mean other identities.`,
        ),
      ]
    : [];
}

function switched(sides: Sides, what: "pool" | "provider"): AccessFinding | undefined {
  if (!sides.differs("disabled")) return undefined;
  const off = sides.becomes("disabled") === true;
  const was = sides.was("disabled") === true;
  if (off === was) return undefined;
  return off
    ? narrows(
        "federation-switch",
        "medium",
        "disabled",
        words(`The ${what} is disabled: no new tokens are exchanged; those that are out live on.`),
      )
    : widens(
        "federation-switch",
        "high",
        "disabled",
        words(`The ${what} is enabled: its identities are admitted again.`),
      );
}

function issuerOf(sides: Sides, side: "was" | "becomes"): string {
  const path = ["oidc.issuer_uri", "aws.account_id", "saml.idp_metadata_xml", "x509.trust_store"].find(
    (candidate) => !isEmpty(sides[side](candidate)),
  );
  if (path === undefined) return "an issuer that is not stated";
  if (path === "aws.account_id") return `AWS account ${side === "was" ? sides.wasText(path) : sides.becomesText(path)}`;
  if (path === "saml.idp_metadata_xml") return "a SAML identity provider";
  if (path === "x509.trust_store") return "a certificate authority";
  return side === "was" ? sides.wasText(path) : sides.becomesText(path);
}

export const listed = (items: readonly string[]): string => (items.length === 0 ? "none" : items.join(", "));
