// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
/** A pool with its providers, an account that can change things, and who may become it; as Terraform JSON. */
export interface Federation {
  readonly providers: Readonly<Record<string, FederatedProvider>>;
  /** Selectors of the principals of the first provider's pool that may become the account: `subject/x`, `attribute.a/b`, `*`. */
  readonly members: readonly string[];
  /** Roles of the account on the project. */
  readonly roles?: readonly string[];
  /** Where the members are bound: on the account, or on the whole project. */
  readonly on?: "account" | "project";
  /** A further account, which the first may become. */
  readonly further?: boolean;
}

export interface FederatedProvider {
  /** The issuer's URL, or the number of an AWS account. */
  readonly issuer: string;
  readonly condition?: string;
  readonly mapping?: Readonly<Record<string, string>>;
}

export const project = "ailab-ci";
export const account = `deployer@${project}.iam.gserviceaccount.com`;
export const furtherAccount = `reporter@${project}.iam.gserviceaccount.com`;

export function terraformOf({ providers, members, roles, on = "account", further = false }: Federation): string {
  const pool = "google_iam_workload_identity_pool.ci";
  const become = { role: "roles/iam.workloadIdentityUser" };
  const member = (selector: string) =>
    `principal${selector.startsWith("subject/") ? "" : "Set"}://iam.googleapis.com/\${${pool}.name}/${selector}`;
  const bindings = Object.fromEntries(
    members.map((selector, index) => [`m${index}`, { ...become, member: member(selector) }]),
  );
  const grants = Object.fromEntries(
    (roles ?? ["roles/storage.objectAdmin"]).map((role, index) => [
      `r${index}`,
      { project, role, member: "${google_service_account.deployer.member}" },
    ]),
  );
  const onAccount = (id: string, own: Readonly<Record<string, object>>) =>
    Object.fromEntries(
      Object.entries(own).map(([key, value]) => [
        key,
        { service_account_id: `\${google_service_account.${id}.name}`, ...value },
      ]),
    );
  const onProject = Object.fromEntries(Object.entries(bindings).map(([key, value]) => [key, { project, ...value }]));
  const chain = {
    chain: { role: "roles/iam.serviceAccountTokenCreator", member: "${google_service_account.deployer.member}" },
  };
  return JSON.stringify({
    resource: {
      google_iam_workload_identity_pool: { ci: { project, workload_identity_pool_id: "ci" } },
      google_iam_workload_identity_pool_provider: Object.fromEntries(
        Object.entries(providers).map(([id, provider]) => [id, providerOf(id, provider)]),
      ),
      google_service_account: {
        deployer: { project, account_id: "deployer" },
        ...(further ? { reporter: { project, account_id: "reporter" } } : {}),
      },
      google_service_account_iam_member: {
        ...(on === "account" ? onAccount("deployer", bindings) : {}),
        ...(further ? onAccount("reporter", chain) : {}),
      },
      google_project_iam_member: { ...grants, ...(on === "project" ? onProject : {}) },
    },
  });
}

function providerOf(id: string, { issuer, condition, mapping }: FederatedProvider) {
  const aws = /^[0-9]{12}$/.test(issuer);
  return {
    project,
    workload_identity_pool_id: "${google_iam_workload_identity_pool.ci.workload_identity_pool_id}",
    workload_identity_pool_provider_id: id,
    ...(aws ? { aws: { account_id: issuer } } : { oidc: { issuer_uri: issuer } }),
    ...(aws && mapping === undefined
      ? {}
      : { attribute_mapping: { "google.subject": aws ? "assertion.arn" : "assertion.sub", ...mapping } }),
    ...(condition === undefined ? {} : { attribute_condition: condition }),
  };
}
