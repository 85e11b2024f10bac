import { isEmpty } from "../model/shown-value";
import { sentence, words } from "../text/sentence";
import { type AccessRule, changes, found, narrows, widens } from "./finding";

/** Organization policies, in the v2 form and the older ones of project, folder and organization. */
export const organizationPolicyRules: AccessRule = (sides) => {
  const name = (side: "was" | "becomes"): string => {
    const path = isEmpty(sides[side]("name")) ? "constraint" : "name";
    return side === "was" ? sides.wasText(path) : sides.becomesText(path);
  };
  if (sides.created)
    return [changes("organization-policy", "medium", "", sentence`The policy ${name("becomes")} is set.`)];
  if (sides.deleted) {
    return [
      widens(
        "organization-policy",
        "high",
        "",
        sentence`The policy ${name("was")} is removed: what it forbade is possible, unless a policy above forbids it.`,
      ),
    ];
  }
  const bodies = ["spec", "dry_run_spec", "boolean_policy", "list_policy", "restore_policy", "parameters"];
  return bodies
    .filter((path) => sides.differs(path))
    .map((path) =>
      path === "dry_run_spec"
        ? changes("organization-policy", "low", path, sentence`The dry run of the policy ${name("becomes")} changes.`)
        : changes(
            "organization-policy",
            "high",
            path,
            sentence`The policy ${name("becomes")} changes from ${sides.wasText(path)} to ${sides.becomesText(path)}.`,
          ),
    );
};

export const denyPolicyRules: AccessRule = (sides) =>
  found(
    sides.created && narrows("deny-policy", "medium", "", words("A new deny policy or principal access boundary.")),
    sides.deleted &&
      widens(
        "deny-policy",
        "high",
        "",
        words("A deny policy or principal access boundary is removed: what it forbade is possible again."),
      ),
    sides.altered &&
      changes("deny-policy", "high", "rules", words("A deny policy or principal access boundary changes.")),
  );

export const perimeterRules: AccessRule = (sides) =>
  found(
    sides.created && changes("perimeter", "medium", "", words("A new service perimeter, access level or part of one.")),
    sides.deleted &&
      widens("perimeter", "high", "", words("A service perimeter, access level or part of one is removed.")),
    sides.altered && changes("perimeter", "high", "", words("A service perimeter or access level changes.")),
  );

export const auditConfigRules: AccessRule = (sides) =>
  found(
    sides.deleted &&
      changes(
        "audit-config",
        "high",
        "",
        sentence`Audit logs of ${sides.wasText("service")} are no longer kept as configured.`,
      ),
    sides.altered &&
      changes(
        "audit-config",
        "high",
        "audit_log_config",
        sentence`Which audit logs of ${sides.becomesText("service")} are kept, or who is exempt, changes.`,
      ),
    sides.created &&
      changes(
        "audit-config",
        "low",
        "audit_log_config",
        sentence`Audit logs of ${sides.becomesText("service")} are kept.`,
      ),
  );

/** Buckets: the two switches against the public. */
export const bucketRules: AccessRule = (sides) =>
  found(
    !sides.deleted &&
      sides.altered &&
      sides.was("public_access_prevention") === "enforced" &&
      sides.becomes("public_access_prevention") !== "enforced" &&
      widens("public-exposure", "high", "public_access_prevention", words("The bucket may be made public.")),
    sides.altered &&
      sides.was("uniform_bucket_level_access") === true &&
      sides.becomes("uniform_bucket_level_access") !== true &&
      widens(
        "public-exposure",
        "high",
        "uniform_bucket_level_access",
        words("Single objects may have access lists of their own again."),
      ),
  );
