import { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import { BigqueryDatasetIamMember } from "@cdktf/provider-google/lib/bigquery-dataset-iam-member";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { Construct } from "constructs";
import type { PurposeServiceAccount } from "./purpose-service-account";

/** BigQuery roles on a dataset. */
const dataRoles = { viewer: "roles/bigquery.dataViewer", editor: "roles/bigquery.dataEditor" } as const;
export type DataRights = keyof typeof dataRoles;

export interface DatasetsProps {
  readonly projectId: string;
  /** BigQuery location, such as `EU`. */
  readonly location: string;
  readonly datasetIds: readonly string[];
}

/** The BigQuery datasets of an environment, and who may read or write them. */
export class Datasets extends Construct {
  readonly #projectId: string;
  readonly #datasets: readonly BigqueryDataset[];

  constructor(scope: Construct, id: string, props: DatasetsProps) {
    super(scope, id);
    this.#projectId = props.projectId;
    this.#datasets = props.datasetIds.map(
      (datasetId) =>
        new BigqueryDataset(this, datasetId, { project: props.projectId, datasetId, location: props.location }),
    );
  }

  /** Gives the account rights on every dataset, and the right to run queries in the project, which pays for them. */
  grant(account: PurposeServiceAccount, rights: DataRights): void {
    for (const dataset of this.#datasets) {
      new BigqueryDatasetIamMember(account, `${rights}-of-${dataset.node.id}`, {
        project: this.#projectId,
        datasetId: dataset.datasetId,
        role: dataRoles[rights],
        member: account.member,
      });
    }
    new ProjectIamMember(account, "runs-queries", {
      project: this.#projectId,
      role: "roles/bigquery.jobUser",
      member: account.member,
    });
  }
}
