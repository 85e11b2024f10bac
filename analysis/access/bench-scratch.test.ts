import { evaluateExchange } from "./exchange";
import { companyModel, githubAudience, githubCredential, personCredential, workforceAudience } from "./fixture";

it("x", () => {
  const model = companyModel();
  for (const [a, c] of [
    [githubAudience, githubCredential()],
    [workforceAudience, personCredential()],
  ] as const) {
    evaluateExchange(model, a, c);
    const t = performance.now();
    for (let i = 0; i < 10000; i++) evaluateExchange(model, a, c);
    console.log("us", (performance.now() - t) / 10);
  }
  const worst = companyModel({
    "google_iam_workload_identity_pool_provider.github": {
      attribute_condition: "assertion.l.all(a, assertion.l.all(b, a.matches('^x+$') || b.matches('^y+$')))",
    },
  });
  const t = performance.now();
  evaluateExchange(worst, githubAudience, githubCredential({ l: Array(4000).fill("y") }));
  console.log("worst ms", performance.now() - t);
});
