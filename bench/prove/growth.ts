import { createSolver, prove, type Resource } from "../../analysis";
import { median } from "../measure";
import type { Row } from "../report";

const sizes = [10, 100, 1000] as const;
const issuer = "https://token.actions.githubusercontent.com";

/** Four shapes of conditions, so that not all providers are alike. */
const conditionOf = (index: number): string => {
  const ids = `assertion.repository_owner_id == '${1000 + index}' && assertion.repository_id == '${9000 + index}'`;
  const shapes = [
    `${ids} && assertion.ref == 'refs/heads/main' && assertion.event_name == 'push'`,
    `${ids} && assertion.ref.startsWith('refs/heads/release/') && assertion.event_name in ['push', 'workflow_dispatch']`,
    `${ids} && assertion.environment == 'prod-${index}' && assertion.event_name == 'push'`,
    `${ids} && assertion.ref.matches('^refs/tags/v[0-9]+$') && assertion.event_name == 'push'`,
  ];
  return shapes[index % shapes.length] ?? ids;
};

/** So many pools with a provider, an account and a binding each. */
function resourcesOf(count: number): readonly Resource[] {
  return Array.from({ length: count }, (_, index): readonly Resource[] => {
    const pool = `projects/1/locations/global/workloadIdentityPools/pool-${index}`;
    const email = `account-${index}@project.iam.gserviceaccount.com`;
    const made = (type: string, values: Resource["values"]): Resource => ({
      stack: "bench",
      type,
      name: `n${index}`,
      address: `${type}.n${index}`,
      values: { project: "project", ...values },
    });
    return [
      made("google_iam_workload_identity_pool", { name: pool }),
      made("google_iam_workload_identity_pool_provider", {
        name: `${pool}/providers/github`,
        oidc: { issuer_uri: issuer },
        attribute_mapping: { "google.subject": "assertion.repository_id" },
        attribute_condition: conditionOf(index),
      }),
      made("google_service_account", { email, name: `projects/project/serviceAccounts/${email}` }),
      made("google_service_account_iam_member", {
        service_account_id: `projects/project/serviceAccounts/${email}`,
        role: "roles/iam.workloadIdentityUser",
        member: `principal://iam.googleapis.com/${pool}/subject/${9000 + index}`,
      }),
      made("google_project_iam_member", { role: "roles/bigquery.dataEditor", member: `serviceAccount:${email}` }),
    ];
  }).flat();
}

/** How long all built-in invariants take, by the number of providers. */
export async function growthRows(rounds: number, progress: (text: string) => void): Promise<readonly Row[]> {
  const samples = new Map(sizes.map((size): [number, number[]] => [size, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const size of sizes) {
      progress(`round ${round + 1} of ${rounds}: ${size} providers`);
      samples.get(size)?.push(await proofTime(size));
    }
  const [least] = sizes;
  const perProvider = (size: number): number => median(samples.get(size) ?? []) / size;
  return sizes.map((size) => ({
    name: `proofs of ${size} providers, each`,
    median: perProvider(size),
    unit: "ms",
    ...(size === least
      ? {}
      : { ratio: { to: `with ${least}`, value: perProvider(size) / perProvider(least), target: "at most 1" } }),
  }));
}

/** A solver of its own for each sample, as whoever starts the command has; loading it is not counted. */
async function proofTime(size: number): Promise<number> {
  const resources = resourcesOf(size);
  const solver = createSolver();
  try {
    await solver.solve("(check-sat)", 60_000);
    const started = performance.now();
    const findings = await prove({
      resources,
      environments: [{ environment: "bench", invariants: [] }],
      solver,
      milliseconds: 3_600_000,
    });
    const spent = performance.now() - started;
    const open = findings.find(({ verdict }) => verdict.verdict !== "proved");
    if (open !== undefined) throw new Error(`${size} providers, ${open.name}: ${JSON.stringify(open.verdict)}`);
    return spent;
  } finally {
    solver.close();
  }
}
