import type { Construct } from "constructs";
import { gitlabClaims } from "../../facts/issuer-claims";
import { gitlabIssuer } from "../../facts/issuers";
import { allOf, type Condition } from "./condition";
import { documentedClaims } from "./documented-claims";
import { numericForm } from "./fixed-id";
import { gitNameForm } from "./git-name";
import { hostnameForm } from "./hostname";
import type { Principal } from "./principal";
import { type ConstructPlace, placeOf, requireForm, requireSome } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** Paths of groups and projects are left out, and `sub`, which holds them: after a rename somebody else may take them. */
const claims = documentedClaims(gitlabClaims);

/**
 * What starts a pipeline of somebody who may push. A merge request is none of it: a pipeline of a fork's merge request may run
 * in the project.
 */
const trustedSources = ["push", "web", "schedule", "api"] as const;

export interface GitLabProps extends PoolPlacement {
  /** Host of a self-managed instance; gitlab.com unless told. */
  readonly host?: string | undefined;
  /** Numeric ids, which GitLab writes as strings: of the group or user that owns the project, and of the project. */
  readonly namespaceId: string;
  readonly gitlabProjectId: string;
  /** Names of the branches admitted; "protected" admits every branch that only those with the right may push to. */
  readonly branches: "protected" | readonly string[];
  /** The job's deployment environment; it has to be a protected one. */
  readonly deploymentEnvironment?: string | undefined;
}

/**
 * Pipelines of one GitLab project, on protected branches only: on others every developer could change the pipeline.
 * Source: docs.gitlab.com/ci/secrets/id_token_authentication.
 */
export class GitLab extends WorkloadIdentityPool<"project_id" | "namespace_id" | "ref"> {
  /** All pipelines that the condition admits. */
  readonly pipelines: Principal;

  /** @throws PropertyError when an id is not numeric, no branch is named, or a name is none of git's or a host's */
  constructor(scope: Construct, id: string, props: GitLabProps) {
    const place = placeOf(scope, id);
    const numeric = (name: string, value: string) =>
      requireForm(place, name, value, numericForm.pattern, numericForm.rule);
    const host = props.host && requireForm(place, "host", props.host, hostnameForm.pattern, hostnameForm.rule);
    super(scope, id, {
      ...props,
      issuer: "gitlab",
      displayName: `GitLab, ${props.environment}`,
      mapping: {
        subject: `'project:' + ${claims.project_id.expression}`,
        attributes: {
          project_id: claims.project_id.expression,
          namespace_id: claims.namespace_id.expression,
          ref: claims.ref.expression,
        },
      },
      claimBytes: { project_id: gitlabClaims.project_id.bytes },
      condition: allOf(
        claims.namespace_id.is(numeric("namespaceId", props.namespaceId)),
        claims.project_id.is(numeric("gitlabProjectId", props.gitlabProjectId)),
        claims.ref_type.is("branch"),
        claims.ref_protected.is("true"),
        ...admittedBranches(place, props.branches),
        claims.pipeline_source.isOneOf(trustedSources),
        ...inEnvironment(place, props.deploymentEnvironment),
      ),
      credential: { oidc: { issuerUri: host === undefined ? gitlabIssuer : `https://${host}` } },
    });
    this.pipelines = this.attribute("project_id", props.gitlabProjectId);
  }
}

function admittedBranches(place: ConstructPlace, branches: GitLabProps["branches"]): readonly Condition<"open">[] {
  if (branches === "protected") return [];
  const some = requireSome(place, "branches", branches);
  for (const branch of some) requireForm(place, "branches", branch, gitNameForm.pattern, gitNameForm.rule);
  return [claims.ref.isOneOf(some)];
}

function inEnvironment(place: ConstructPlace, environment: string | undefined): readonly Condition<"open">[] {
  if (environment === undefined) return [];
  const rule = "expected the name of an environment: letters, digits, spaces and _ / . - , at most 255";
  requireForm(place, "deploymentEnvironment", environment, /^[A-Za-z0-9 _/.-]{1,255}$/, rule);
  return [claims.environment.is(environment), claims.environment_protected.is("true")];
}
