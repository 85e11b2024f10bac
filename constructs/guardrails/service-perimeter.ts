import {
  AccessContextManagerServicePerimeter,
  type AccessContextManagerServicePerimeterSpec,
} from "@cdktf/provider-google/lib/access-context-manager-service-perimeter";
import { Construct } from "constructs";
import { apiNamePattern, projectNumberPattern } from "../../facts/names";
import { requireFlag, requireForm, requireSome } from "../federation/property-error";
import { requirePlainText } from "../federation/property-text";
import { requireAccessLevels, requireAccessPolicy } from "./access-level";
import { type IngressRule, ingressPolicy, tokenExchangeIngress } from "./perimeter-ingress";

export interface ServicePerimeterProps {
  /** `accessPolicies/NUMBER`. */
  readonly accessPolicy: string;
  /** Letters, digits and _, a letter first; at most 50 characters. */
  readonly name: string;
  readonly title: string;
  readonly projectNumbers: readonly string[];
  /** APIs whose data does not leave the perimeter, such as `bigquery.googleapis.com`. */
  readonly restrictedServices: readonly string[];
  /** Who may call in from outside, and what. */
  readonly ingress?: readonly IngressRule[];
  /** Full names of access levels whose callers may reach everything inside. */
  readonly accessLevels?: readonly string[];
  /** Whether the perimeter refuses. False, the default, only logs what it would refuse. */
  readonly enforced?: boolean;
}

/**
 * A service perimeter of VPC Service Controls. It begins as a dry run: read the log of what it would refuse, then set
 * `enforced`.
 *
 * Exchanges at the Security Token Service are let in for everyone: such a call has no caller yet whom a rule could name,
 * so without this, nobody outside could federate into the perimeter. The provider's condition decides there.
 * Source: cloud.google.com/vpc-service-controls/docs/supported-products#table_sts, ingress-egress-rules.
 *
 * @throws PropertyError for a name, project or API out of form, or a perimeter around nothing
 */
export class ServicePerimeter extends Construct {
  readonly perimeter: AccessContextManagerServicePerimeter;

  constructor(scope: Construct, id: string, props: ServicePerimeterProps) {
    super(scope, id);
    const { accessPolicy, name, title } = props;
    requireAccessPolicy(this, accessPolicy);
    requireForm(this, "name", name, /^[A-Za-z][A-Za-z0-9_]{0,49}$/, "expected letters, digits and _, a letter first");
    requirePlainText(this, "title", title, 200);
    const spec = this.#spec(props);
    this.perimeter = new AccessContextManagerServicePerimeter(this, "perimeter", {
      parent: accessPolicy,
      name: `${accessPolicy}/servicePerimeters/${name}`,
      title,
      perimeterType: "PERIMETER_TYPE_REGULAR",
      ...(requireFlag(this, "enforced", props.enforced)
        ? { status: spec }
        : // An empty status is what is enforced meanwhile: nothing.
          { useExplicitDryRunSpec: true, spec, status: {} }),
    });
  }

  #spec(props: ServicePerimeterProps): AccessContextManagerServicePerimeterSpec {
    const { accessLevels, ingress = [] } = props;
    const projects = requireSome(this, "projectNumbers", props.projectNumbers);
    for (const number of projects)
      requireForm(this, "projectNumbers", number, projectNumberPattern, "expected a project's number, not its id");
    const services = requireSome(this, "restrictedServices", props.restrictedServices);
    for (const service of services)
      requireForm(
        this,
        "restrictedServices",
        service,
        apiNamePattern,
        "expected an API, such as bigquery.googleapis.com",
      );
    return {
      resources: projects.map((number) => `projects/${number}`),
      restrictedServices: [...services],
      ...(accessLevels !== undefined && {
        accessLevels: requireAccessLevels(this, "accessLevels", accessLevels),
      }),
      // Inside, only the APIs that the perimeter guards can be called.
      vpcAccessibleServices: { enableRestriction: true, allowedServices: ["RESTRICTED-SERVICES"] },
      ingressPolicies: [
        ...(services.includes("sts.googleapis.com") ? [tokenExchangeIngress(projects)] : []),
        ...ingress.map((rule, index) => ingressPolicy(this, `ingress[${index}]`, rule)),
      ],
    };
  }
}
