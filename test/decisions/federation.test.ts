import { rolesGrantedOnProject } from "../../environments/ci";
import { loadEnvironment } from "../../environments/load";
import { type Block, blockOf, referencesIn, synthesizedEnvironments, textOf } from "../support/synthesized-environment";

const workloadPools = "google_iam_workload_identity_pool";
const workloadProviders = "google_iam_workload_identity_pool_provider";
const becoming = "google_service_account_iam_member";

describe.each(synthesizedEnvironments())("the decisions on federation, in $name", ({ name, environment }) => {
  const input = loadEnvironment(name);
  /** Workloads' and people's; those of CI have decisions of their own (ci-identities.test.ts). */
  const providers = environment
    .ofType(workloadProviders)
    .filter((each) => !textOf(each, "workload_identity_pool_provider_id").startsWith("ci-"));
  const conditionOf = (issuer: string) => {
    const provider = providers.find((each) => issuerOf(each) === issuer);
    return provider && textOf(provider, "attribute_condition");
  };

  describe("1. one provider per pool, one pool per environment and issuer; principals name the pool, not the provider", () => {
    it("gives every pool its only provider", () => {
      const pools = [...environment.resources(workloadPools).keys()];
      const used = environment
        .ofType(workloadProviders)
        .flatMap((provider) => referencesIn(provider["workload_identity_pool_id"], pools));
      expect([...used].sort()).toEqual([...pools].sort());
      const workforcePools = [...environment.resources("google_iam_workforce_pool").keys()];
      const workforceUsed = environment
        .ofType("google_iam_workforce_pool_provider")
        .flatMap((provider) => referencesIn(provider["workforce_pool_id"], workforcePools));
      expect(workforceUsed).toEqual(workforcePools);
    });

    it("federates no issuer twice", () => {
      const issuers = providers.map(issuerOf);
      expect(new Set(issuers).size).toBe(issuers.length);
      const federated = Object.values(input.federation).filter((settings) => settings !== undefined);
      expect(issuers).toHaveLength(federated.length + 1);
    });

    it("names the environment in every pool's id", () => {
      for (const pool of environment.ofType(workloadPools)) {
        expect(textOf(pool, "workload_identity_pool_id")).toContain(`-${name}-`);
      }
    });

    it("names no provider in a principal", () => {
      expect(
        environment
          .ofType(becoming)
          .map((each) => textOf(each, "member"))
          .join(" "),
      ).not.toContain("provider");
    });
  });

  describe("3. conditions are built, and pin an immutable identity", () => {
    it("gives every provider a condition", () => {
      for (const provider of environment.ofType(workloadProviders)) {
        expect(textOf(provider, "attribute_condition")).not.toBe("");
      }
    });

    it("pins GitHub by the ids of repository and owner, on branches and by trusted events only", () => {
      const condition = conditionOf("https://token.actions.githubusercontent.com");
      const { github } = input.federation;
      expect(condition === undefined).toBe(github === undefined);
      if (condition === undefined || github === undefined) return;
      const { repositoryId, ownerId, branches, repositoryName } = github;
      expect(condition).toContain(`assertion.repository_id == '${repositoryId}'`);
      expect(condition).toContain(`assertion.repository_owner_id == '${ownerId}'`);
      expect(condition).toContain(
        branches === "any" ? "assertion.ref.startsWith('refs/heads/')" : `assertion.ref == 'refs/heads/${branches[0]}'`,
      );
      expect(condition).toContain("assertion.event_name in ['push', 'workflow_dispatch', 'schedule']");
      expect(condition).not.toContain(repositoryName);
      expect(condition).not.toContain("assertion.sub");
    });

    it("pins Entra by tenant, client, service principal and app role", () => {
      const condition = conditionOf(`https://login.microsoftonline.com/${input.entra.tenantId}/v2.0`) ?? "";
      expect(condition).toContain(`assertion.tid == '${input.entra.tenantId}'`);
      expect(condition).toMatch(/assertion\.azp == '\$\{azuread_application_registration\.[\w-]+\.client_id\}'/);
      expect(condition).toMatch(/assertion\.oid == '\$\{azuread_service_principal\.[\w-]+\.object_id\}'/);
      expect(condition).toContain("'Gcp.Federate' in assertion.roles");
      expect(condition).toContain("assertion.azpacr == '2'");
      expect(condition).toContain("assertion.ver == '2.0'");
    });

    it("pins Google by our own client, and by numeric subjects where people are named", () => {
      const condition = conditionOf("https://accounts.google.com");
      const { googleWorkspace } = input.federation;
      expect(condition === undefined).toBe(googleWorkspace === undefined);
      if (condition === undefined || googleWorkspace === undefined) return;
      const { oauthClientId, hostedDomain, people } = googleWorkspace;
      expect(condition).toContain(`assertion.azp == '${oauthClientId}'`);
      expect(condition).toContain(`assertion.hd == '${hostedDomain}'`);
      expect(condition).toContain("assertion.email_verified == true");
      if (people !== "everyone") expect(condition).toContain(`assertion.sub == '${people[0]}'`);
      expect(condition).not.toContain("assertion.email ");
    });

    it("never reads a claim in an IAM condition", () => {
      for (const [address, resource] of environment.resources()) {
        if (!address.includes("_iam_member.")) continue;
        expect(JSON.stringify(resource["condition"] ?? {})).not.toMatch(/assertion|google\.|attribute\./);
      }
    });
  });

  describe("4. principals use the project number; bindings sit on the service account, never on the project", () => {
    it("takes each principal's pool from the name that holds the project number", () => {
      const members = environment.ofType(becoming).map((each) => textOf(each, "member"));
      expect(members).not.toHaveLength(0);
      for (const member of members) {
        expect(member).toMatch(
          /^principal(Set)?:\/\/iam\.googleapis\.com\/\$\{google_iam_work(load_identity|force)_pool\.[\w-]+\.name\}\/(subject|group|attribute\.[a-z_]+)\/[^*\s]+$/,
        );
        expect(member).not.toContain(input.project.id);
      }
    });

    it("lets nobody become an account but by workloadIdentityUser on that account", () => {
      for (const binding of environment.ofType(becoming)) {
        expect(textOf(binding, "role")).toBe("roles/iam.workloadIdentityUser");
        expect(textOf(binding, "service_account_id")).toMatch(/^\$\{google_service_account\.[\w-]+\.name\}$/);
      }
      const onProject = environment
        .ofType("google_project_iam_member")
        .filter((each) => !textOf(each, "member").includes("google_service_account.ci_"))
        .map((each) => textOf(each, "role"));
      expect(new Set(onProject)).toEqual(new Set(rolesGrantedOnProject(input)));
      expect(environment.text).not.toContain("TokenCreator");
    });

    it("lets exactly those become an account whom the environment names", () => {
      const expected = Object.values(input.workloads).flatMap(({ becomes }) => {
        const { people } = input.federation.googleWorkspace ?? { people: [] };
        const named = becomes.googleWorkspace ? (people === "everyone" ? 1 : people.length) : 0;
        return (
          [becomes.github, becomes.aws, becomes.broker].filter(Boolean).length + named + becomes.workforceGroups.length
        );
      });
      const others = environment
        .ofType(becoming)
        .filter((each) => !textOf(each, "service_account_id").includes("google_service_account.ci_"));
      expect(others).toHaveLength(expected.reduce((sum, count) => sum + count, 0));
    });
  });
});

/** The issuer of a provider: its address, or the AWS account. */
function issuerOf(provider: Block): string {
  return provider["oidc"] === undefined
    ? textOf(blockOf(provider, "aws"), "account_id")
    : textOf(blockOf(provider, "oidc"), "issuer_uri");
}
