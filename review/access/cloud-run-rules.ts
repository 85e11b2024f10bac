import { Hidden, isEmpty, type ShownValue } from "../model/shown-value";
import { sentence, words } from "../text/sentence";
import { type AccessRule, changes, found, narrows, widens } from "./finding";

/** Who reaches a service and as whom it runs. A service that leaves its ingress out is open to all, and one whose ingress is not known
 * counts as open. */
export const cloudRunRules: AccessRule = (sides) => {
  if (sides.deleted) return [];
  const isService = sides.type === "google_cloud_run_v2_service";
  const open = (value: ShownValue | undefined): boolean =>
    isService &&
    (value === "INGRESS_TRAFFIC_ALL" || isEmpty(value) || (value instanceof Hidden && value.reason === "unknown"));
  const runsAs = isService ? "template.service_account" : "template.template.service_account";
  const opens = open(sides.becomes("ingress")) && (sides.created || !open(sides.was("ingress")));
  return found(
    opens &&
      widens(
        "cloud-run-exposure",
        "high",
        "ingress",
        words("The service's own address is open to the internet, past the load balancer and IAP."),
      ),
    sides.altered &&
      sides.differs("ingress") &&
      !opens &&
      (open(sides.was("ingress"))
        ? narrows(
            "cloud-run-exposure",
            "low",
            "ingress",
            sentence`Only ${sides.becomesText("ingress")} reaches the service now.`,
          )
        : changes(
            "cloud-run-exposure",
            "medium",
            "ingress",
            sentence`The ingress changes from ${sides.wasText("ingress")} to ${sides.becomesText("ingress")}.`,
          )),
    sides.becomes("invoker_iam_disabled") === true &&
      sides.differs("invoker_iam_disabled") &&
      widens(
        "cloud-run-exposure",
        "critical",
        "invoker_iam_disabled",
        words("Whoever reaches the service may call it: the invoker check is off."),
      ),
    sides.altered &&
      sides.was("invoker_iam_disabled") === true &&
      sides.becomes("invoker_iam_disabled") !== true &&
      narrows("cloud-run-exposure", "low", "invoker_iam_disabled", words("Callers need the invoker role again.")),
    sides.altered &&
      sides.was("default_uri_disabled") === true &&
      sides.becomes("default_uri_disabled") !== true &&
      widens(
        "cloud-run-exposure",
        "medium",
        "default_uri_disabled",
        words("The service's own address is served again."),
      ),
    sides.altered &&
      sides.differs(runsAs) &&
      changes(
        "cloud-run-exposure",
        "high",
        "template",
        sentence`It runs as ${sides.becomesText(runsAs)} instead of ${sides.wasText(runsAs)}.`,
      ),
  );
};
