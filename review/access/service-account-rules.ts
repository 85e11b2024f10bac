import { sentence, words } from "../text/sentence";
import { type AccessRule, found, narrows, widens } from "./finding";

export const serviceAccountRules: AccessRule = (sides) => {
  if (sides.created) {
    return [
      widens(
        "service-account",
        "low",
        "",
        sentence`A new service account ${sides.becomesText("account_id")}, without access of its own.`,
      ),
    ];
  }
  if (sides.deleted) {
    return [
      narrows(
        "service-account",
        "medium",
        "",
        sentence`The service account ${sides.wasText("account_id")} goes, and with it all that runs as it.`,
      ),
    ];
  }
  const [was, becomes] = [sides.was("disabled") === true, sides.becomes("disabled") === true];
  return found(
    was && !becomes && widens("service-account", "high", "disabled", words("The service account is enabled again.")),
    !was &&
      becomes &&
      narrows(
        "service-account",
        "medium",
        "disabled",
        words("The service account is disabled: it gets no new tokens."),
      ),
  );
};

export const serviceAccountKeyRules: AccessRule = (sides) =>
  found(
    sides.created &&
      widens(
        "service-account-key",
        "high",
        "",
        sentence`A key of ${sides.becomesText("service_account_id")} is made: a secret that works from anywhere until it is deleted.`,
      ),
    sides.deleted &&
      narrows("service-account-key", "low", "", sentence`A key of ${sides.wasText("service_account_id")} is deleted.`),
    sides.altered && widens("service-account-key", "medium", "", words("A key of a service account changes.")),
  );

export const hmacKeyRules: AccessRule = (sides) =>
  found(
    !sides.deleted &&
      widens(
        "service-account-key",
        "high",
        "",
        sentence`An HMAC key of ${sides.becomesText("service_account_email")} is made or changed.`,
      ),
    sides.deleted && narrows("service-account-key", "low", "", words("An HMAC key is deleted.")),
  );
