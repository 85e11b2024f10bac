import type { Federation } from "./federation";
import type { Misconfiguration } from "./misconfiguration";

/**
 * What scanners of Terraform ask of a provider, as they are published: whether there is a condition at all (Trivy's
 * no-conditions-workload-identity-pool-provider; Prowler's iam_workload_identity_pool_provider_attribute_condition says itself
 * that it does not judge the expression), and whether the condition of a GitHub provider compares `assertion.sub` with a
 * literal that names a repository (Checkov's CKV_GCP_125, which looks at the block `oidc` and fails a provider without one).
 * Sources: github.com/aquasecurity/defsec/pull/1338, github.com/prowler-cloud/prowler/pull/12416,
 * github.com/bridgecrewio/checkov/pull/6960 and issues/7005.
 */
export interface ScannerVerdicts {
  readonly conditionIsThere: boolean;
  readonly subjectIsCompared: boolean;
}

const github = "https://token.actions.githubusercontent.com";
const comparedSubject = /assertion\.sub\s*==\s*(?:'([^']+)'|"([^"]+)")/;
const namesRepository = /^repo:[\w.-]+\/[^:*]+/;

export function scan({ providers }: Federation): ScannerVerdicts {
  const all = Object.values(providers);
  return {
    conditionIsThere: all.every(({ condition }) => (condition ?? "") !== ""),
    subjectIsCompared: all.every(({ issuer, condition = "" }) => {
      if (/^[0-9]{12}$/.test(issuer)) return false;
      if (issuer !== github) return true;
      const [, single, double] = comparedSubject.exec(condition) ?? [];
      return namesRepository.test(single ?? double ?? "");
    }),
  };
}

const mark = (passes: boolean): string => (passes ? "passes" : "fails");

/** Rows of the table in docs/analysis.md: what a mistake and its remedy get from each. */
export function tableOf(cases: readonly Misconfiguration[]): readonly string[] {
  return cases.map(({ title, source, mistake, remedy }) => {
    const [bad, good] = [scan(mistake), scan(remedy)];
    const cells = [
      `[${title.replaceAll("|", "\\|")}](${source})`,
      `${mark(bad.conditionIsThere)} / ${mark(good.conditionIsThere)}`,
      `${mark(bad.subjectIsCompared)} / ${mark(good.subjectIsCompared)}`,
      "violated / proved",
    ];
    return `| ${cells.join(" | ")} |`;
  });
}
