import { IamWorkforcePool } from "@cdktf/provider-google/lib/iam-workforce-pool";
import {
  IamWorkforcePoolProvider,
  type IamWorkforcePoolProviderExtraAttributesOauth2Client,
} from "@cdktf/provider-google/lib/iam-workforce-pool-provider";
import { Construct } from "constructs";
import { entraIssuer } from "../../facts/entra";
import { workforcePoolIdPattern, workloadPoolIdPattern } from "../../facts/federation-limits";
import { emailPattern } from "../../facts/names";
import {
  groupFilterCharacters,
  workforceConsoleUrl,
  workforceLoginConfiguration,
  workforceSessionSeconds,
} from "../../facts/workforce";
import { claimsOf, mappedGroups } from "./claim";
import { allOf, anyOf, type PinnedCondition } from "./condition";
import { displayNameOf } from "./display-name";
import { fixedId, uuidForm } from "./fixed-id";
import { Principal } from "./principal";
import { requireFlag, requireForm, requireProperty, requireSome } from "./property-error";
import { requirePlainText } from "./property-text";
import { descriptionOf, providerCondition } from "./provider-condition";
import { isReference } from "./reference";

const claims = claimsOf({ tid: "identity", oid: "identity" });

/**
 * Where people's groups come from. "token": from the ID token, to which the sign-in application adds the groups that are assigned to it;
 * above 200 Entra leaves all of them out. "directory": Google asks Microsoft Graph at each sign-in, for up to 999 groups, as an
 * application that may read users and groups; when that fails nobody can sign in.
 */
export type GroupSource =
  | { readonly from: "token" }
  | {
      readonly from: "directory";
      readonly clientId: string;
      /** Reference to the application's password. */
      readonly clientSecret: string;
      /** What names a group: its object id, which never changes, or its address, for which it has to be mail-enabled. */
      readonly by: "object-id" | "mail";
      /** Search of Microsoft Graph, such as `displayName:gcp-`; all groups of the person unless told. */
      readonly search?: string | undefined;
    };

export interface EntraWorkforceProps {
  /** Numeric id of the organization. */
  readonly organizationId: string;
  /** Unique in all of Google Cloud; 6 to 63 characters. */
  readonly poolId: string;
  readonly providerId: string;
  readonly displayName: string;
  /** Seconds, 900 to 43200: how long a person stays signed in, at IAP too. */
  readonly sessionSeconds: number;
  readonly tenantId: string;
  readonly clientId: string;
  /** Reference to the application's password; it ends up in Terraform's state, as Google takes nothing else. */
  readonly clientSecret: string;
  /**
   * "iap": the pool is IAP's alone, and nobody gets tokens of Google's interfaces through it. Everything unless told. A change replaces the
   * pool: raise the generation in its id with it.
   */
  readonly use?: "iap" | "everything" | undefined;
  /** The token unless told. */
  readonly groups?: GroupSource | undefined;
  /** Object ids of groups of which a person must be a member of one; everybody whom Entra lets sign in unless told. */
  readonly admittedGroups?: readonly string[] | undefined;
  /** Whether Terraform refuses to destroy the pool and its provider. */
  readonly preventDestroy: boolean;
  /** Set in an emergency: the pool is disabled, and with it every session and token of its people. */
  readonly killSwitch?: boolean | undefined;
}

/**
 * The people of an Entra tenant, as a workforce pool with its only provider: IAP cannot choose between two.
 * IAP takes the e-mail from google.email; it is shown, never authorized on.
 * Source: cloud.google.com/iam/docs/workforce-sign-in-microsoft-entra-id.
 */
export class EntraWorkforce extends Construct {
  /** `locations/global/workforcePools/POOL` */
  readonly name: string;
  readonly poolId: string;
  /** Content of the file for `gcloud auth login --login-config=FILE`, as JSON. It holds no secret. */
  readonly loginConfiguration: string;
  /** Where people sign in to the console. */
  readonly consoleUrl: string;
  readonly #pool: IamWorkforcePool;
  readonly #groupsByMail: boolean;

  /** @throws PropertyError when an id, a group, the session's length or a secret is not what Google or Entra takes */
  constructor(scope: Construct, id: string, props: EntraWorkforceProps) {
    super(scope, id);
    requireForm(this, "organizationId", props.organizationId, /^[0-9]{1,32}$/, "expected a numeric id");
    this.poolId = requireForm(
      this,
      "poolId",
      props.poolId,
      workforcePoolIdPattern,
      "expected 6 to 63 of a-z, 0-9 and -, a letter first, no - last, not beginning with gcp-",
    );
    const providerRule = "expected 4 to 32 of a-z, 0-9 and -, not beginning with gcp-";
    const providerId = requireForm(this, "providerId", props.providerId, workloadPoolIdPattern, providerRule);
    const displayName = displayNameOf(this, props);
    const { sessionSeconds } = props;
    const { least, most } = workforceSessionSeconds;
    const inRange = Number.isInteger(sessionSeconds) && sessionSeconds >= least && sessionSeconds <= most;
    requireProperty(this, "sessionSeconds", String(sessionSeconds), inRange, `expected ${least} to ${most} seconds`);
    requireForm(this, "tenantId", props.tenantId, uuidForm.pattern, uuidForm.rule);
    fixedId(this, "clientId", props.clientId, uuidForm);
    const uses = ["iap", "everything"];
    const { use = "everything" } = props;
    requireProperty(this, "use", use, uses.includes(use), `expected one of ${uses.join(", ")}`);
    const condition = this.#condition(props);
    const extraAttributes = this.#groupsFromDirectory(props);
    this.#groupsByMail = props.groups?.from === "directory" && props.groups.by === "mail";
    const isCutOff = requireFlag(this, "killSwitch", props.killSwitch);
    const kept = requireFlag(this, "preventDestroy", props.preventDestroy)
      ? { lifecycle: { preventDestroy: true } }
      : {};

    this.#pool = new IamWorkforcePool(this, "pool", {
      parent: `organizations/${props.organizationId}`,
      location: "global",
      workforcePoolId: props.poolId,
      displayName,
      sessionDuration: `${sessionSeconds}s`,
      ...(use === "iap" && { accessRestrictions: { disableProgrammaticSignin: true } }),
      ...(isCutOff && { disabled: true }),
      ...kept,
    });
    this.name = this.#pool.name;
    const provider = new IamWorkforcePoolProvider(this, "provider", {
      location: "global",
      workforcePoolId: this.#pool.workforcePoolId,
      providerId,
      displayName,
      description: descriptionOf(condition),
      attributeMapping: {
        "google.subject": claims.oid.expression,
        "google.groups": "assertion.groups",
        "google.email": "assertion.email",
        "google.display_name": "assertion.name",
      },
      attributeCondition: providerCondition(this, condition),
      oidc: {
        issuerUri: entraIssuer(props.tenantId),
        clientId: props.clientId,
        clientSecret: { value: { plainText: this.#secret("clientSecret", props.clientSecret) } },
        webSsoConfig: {
          responseType: "CODE",
          // Entra's userinfo has neither oid nor groups.
          assertionClaimsBehavior: "ONLY_ID_TOKEN_CLAIMS",
          additionalScopes: ["profile", "email"],
        },
      },
      ...extraAttributes,
      ...kept,
    });
    const { name } = provider;
    this.loginConfiguration = JSON.stringify(workforceLoginConfiguration(name), undefined, 2);
    this.consoleUrl = workforceConsoleUrl(name);
  }

  /**
   * The members of an Entra group, by its object id; by its address where the groups come from the directory by mail.
   *
   * @throws PropertyError for another form: no token would ever have such a group
   */
  group(name: string): Principal {
    if (this.#groupsByMail) requireForm(this, "group", name, emailPattern, "expected the group's address");
    else fixedId(this, "group", name, uuidForm);
    return Principal.withGroup(this.#pool, name);
  }

  /**
   * One person, by the object id in the tenant.
   *
   * @throws PropertyError for another form, such as an e-mail
   */
  person(objectId: string): Principal {
    fixedId(this, "person", objectId, uuidForm);
    return Principal.withSubject(this.#pool, objectId);
  }

  #condition({ tenantId, admittedGroups }: EntraWorkforceProps): PinnedCondition {
    const ofTenant = claims.tid.is(tenantId);
    if (admittedGroups === undefined) return ofTenant;
    const [first, ...others] = requireSome(this, "admittedGroups", admittedGroups);
    const member = (group: string) => mappedGroups.includes(fixedId(this, "admittedGroups", group, uuidForm));
    return allOf(ofTenant, anyOf(member(first), ...others.map(member)));
  }

  #groupsFromDirectory({ tenantId, groups }: EntraWorkforceProps): {
    readonly extraAttributesOauth2Client?: IamWorkforcePoolProviderExtraAttributesOauth2Client;
  } {
    if (groups === undefined || groups.from === "token") return {};
    const sources = "expected token or directory";
    requireProperty(this, "groups.from", String(groups.from), groups.from === "directory", sources);
    const isNamed = groups.by === "object-id" || groups.by === "mail";
    requireProperty(this, "groups.by", String(groups.by), isNamed, "expected object-id or mail");
    fixedId(this, "groups.clientId", groups.clientId, uuidForm);
    const { search } = groups;
    return {
      extraAttributesOauth2Client: {
        issuerUri: entraIssuer(tenantId),
        clientId: groups.clientId,
        clientSecret: { value: { plainText: this.#secret("groups.clientSecret", groups.clientSecret) } },
        attributesType: groups.by === "mail" ? "AZURE_AD_GROUPS_MAIL" : "AZURE_AD_GROUPS_ID",
        ...(search !== undefined && {
          queryParameters: { filter: requirePlainText(this, "groups.search", search, groupFilterCharacters) },
        }),
      },
    };
  }

  /** A secret that stands in the configuration would stand in every copy of the repository. */
  #secret(property: string, secret: string): string {
    requireProperty(
      this,
      property,
      "(not shown)",
      isReference(secret),
      "expected a reference to a secret, never the secret itself",
    );
    return secret;
  }
}
