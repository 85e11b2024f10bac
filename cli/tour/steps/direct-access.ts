import { tokenExchangeErrors } from "../../../facts/token-exchange";
import { exchangeToken, readDataset } from "../google-api";
import { exchangeAudience, firstDataset } from "../providers";
import { allowed, refused, type TourStep } from "../step";
import { clusterToken } from "../tokens";

/** A workload on the company's cluster that has the role itself: no account, one hop less. */
export const reportBuilder: TourStep = {
  id: "direct-access",
  title: "A service account of the company's Kubernetes cluster reads a dataset itself, without becoming an account",
  expects: ({ directAccess }) =>
    Object.values(directAccess).some(({ issuer }) => issuer === "kubernetes")
      ? allowed
      : refused(tokenExchangeErrors.invalidTarget().errorDescription),
  async run(context) {
    const { environment } = context;
    const audience = exchangeAudience(context, "kubernetes");
    const request = `POST sts /v1/token for ${audience}, then bigquery.datasets.get`;
    const federated = await exchangeToken(context, audience, await clusterToken(context, audience));
    if (!federated.ok) return { request, decision: "refused", reason: federated.reason };
    const dataset = await readDataset(context, federated.value, environment.project.id, firstDataset(environment));
    return dataset.ok
      ? { request, decision: "allowed", reason: `read dataset ${dataset.value} as the cluster's own principal` }
      : { request, decision: "refused", reason: dataset.reason };
  },
};
