import { isEmpty } from "../model/shown-value";
import { sentence, words } from "../text/sentence";
import { listed } from "./federation-rules";
import { type AccessRule, changes, found, narrows, widens } from "./finding";

export const appRoleAssignmentRules: AccessRule = (sides) =>
  found(
    !sides.deleted &&
      (sides.created ||
        sides.differs("principal_object_id") ||
        sides.differs("app_role_id") ||
        sides.differs("resource_object_id")) &&
      widens(
        "entra-assignment",
        "medium",
        "app_role_id",
        sentence`Principal ${sides.becomesText("principal_object_id")} gets app role ${sides.becomesText("app_role_id")} of ${sides.becomesText("resource_object_id")}.`,
      ),
    sides.deleted &&
      narrows(
        "entra-assignment",
        "low",
        "app_role_id",
        sentence`Principal ${sides.wasText("principal_object_id")} loses app role ${sides.wasText("app_role_id")} of ${sides.wasText("resource_object_id")}.`,
      ),
  );

/** Roles of the directory itself. */
export const directoryRoleRules: AccessRule = (sides) =>
  found(
    !sides.deleted &&
      widens(
        "entra-assignment",
        "critical",
        "",
        words("A principal gets, or keeps in another form, a role of the Entra directory."),
      ),
    sides.deleted && narrows("entra-assignment", "low", "", words("A principal loses a role of the Entra directory.")),
  );

export const groupMemberRules: AccessRule = (sides) =>
  found(
    !sides.deleted &&
      widens(
        "entra-assignment",
        "medium",
        "member_object_id",
        sentence`${sides.becomesText("member_object_id")} is a member of group ${sides.becomesText("group_object_id")}, with all that the group may do.`,
      ),
    sides.deleted &&
      narrows(
        "entra-assignment",
        "low",
        "member_object_id",
        sentence`${sides.wasText("member_object_id")} leaves group ${sides.wasText("group_object_id")}.`,
      ),
  );

/** Consent: what an application may do with an API. */
export const consentRules: AccessRule = (sides) =>
  found(
    !sides.deleted &&
      widens("entra-assignment", "high", "", words("An application may call an API, or with further permissions.")),
    sides.deleted && narrows("entra-assignment", "low", "", words("An application may no longer call an API.")),
  );

const credentialNames: Readonly<Record<string, string>> = {
  password: "password",
  certificate: "certificate",
  federated_identity_credential: "federated identity credential",
  flexible_federated_identity_credential: "flexible federated identity credential",
  token_signing_certificate: "token signing certificate",
};

/** Passwords, certificates and federated credentials of applications and service principals. */
export const credentialRules: AccessRule = (sides) => {
  const kind = /^azuread_(?:application|service_principal)_(.+)$/.exec(sides.type)?.[1] ?? "";
  const name = credentialNames[kind] ?? "credential";
  const subject = ["issuer", "subject"]
    .filter((path) => !isEmpty(sides.becomes(path)))
    .map((path) => sides.becomesText(path));
  return found(
    sides.created &&
      (subject.length > 0
        ? widens(
            "entra-credential",
            "high",
            "subject",
            sentence`A new ${name}: ${subject.join(" as ")} may sign in as the application.`,
          )
        : widens("entra-credential", "high", "", sentence`A new ${name} to sign in as the application.`)),
    sides.deleted && narrows("entra-credential", "low", "", sentence`A ${name} of the application goes.`),
    sides.altered && changes("entra-credential", "high", "", sentence`A ${name} of the application changes.`),
  );
};

export const redirectUriRules: AccessRule = (sides) => {
  const { added, removed } = sides.items("redirect_uris");
  return found(
    (added.length > 0 || removed.length > 0) &&
      changes(
        "entra-application",
        added.length > 0 ? (sides.created ? "medium" : "high") : "low",
        "redirect_uris",
        sentence`Where Entra may send codes and tokens changes: ${listed(added)} added, ${listed(removed)} removed.`,
      ),
  );
};

export const applicationRules: AccessRule = (sides) => {
  const audience = sides.becomes("sign_in_audience");
  const manyTenants = typeof audience === "string" && audience !== "AzureADMyOrg";
  return found(
    manyTenants &&
      sides.differs("sign_in_audience") &&
      widens(
        "entra-application",
        "critical",
        "sign_in_audience",
        sentence`Accounts outside the tenant may sign in (${sides.becomesText("sign_in_audience")}).`,
      ),
    sides.altered &&
      !manyTenants &&
      sides.differs("sign_in_audience") &&
      narrows("entra-application", "low", "sign_in_audience", words("Only accounts of the tenant may sign in.")),
    ...[
      "implicit_access_token_issuance_enabled",
      "implicit_id_token_issuance_enabled",
      "fallback_public_client_enabled",
    ].map(
      (path) =>
        sides.becomes(path) === true &&
        sides.differs(path) &&
        widens("entra-application", "high", path, words(`The older, weaker flow ${path} is switched on.`)),
    ),
    sides.altered &&
      sides.differs("requested_access_token_version") &&
      changes(
        "entra-application",
        "high",
        "requested_access_token_version",
        sentence`Access tokens are of version ${sides.becomesText("requested_access_token_version")} instead of ${sides.wasText("requested_access_token_version")}: issuer and claims differ.`,
      ),
    sides.altered &&
      sides.differs("group_membership_claims") &&
      changes(
        "entra-application",
        "medium",
        "group_membership_claims",
        sentence`Groups in tokens become ${sides.becomesText("group_membership_claims")}.`,
      ),
  );
};

export const servicePrincipalRules: AccessRule = (sides) =>
  found(
    sides.altered &&
      sides.was("app_role_assignment_required") === true &&
      sides.becomes("app_role_assignment_required") !== true &&
      widens(
        "entra-application",
        "high",
        "app_role_assignment_required",
        words("Everyone in the tenant may sign in: an assignment is no longer required."),
      ),
    sides.altered &&
      sides.differs("account_enabled") &&
      (sides.becomes("account_enabled") === true
        ? widens("entra-application", "high", "account_enabled", words("The service principal is enabled."))
        : narrows("entra-application", "medium", "account_enabled", words("The service principal is disabled."))),
  );

/** Application roles, claims, identifier URIs: what tokens say. */
export const tokenContentRules: AccessRule = (sides) => [
  changes(
    "entra-application",
    sides.created ? "low" : "medium",
    "",
    words("What tokens of the application say changes: its roles, claims or identifier."),
  ),
];
