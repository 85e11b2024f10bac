import { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import { BigqueryDatasetIamMember } from "@cdktf/provider-google/lib/bigquery-dataset-iam-member";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { Construct } from "constructs";
import { requireProjectId } from "../federation/project-id";
import { requireForm, requireProperty, requireSome } from "../federation/property-error";
import { conditionOf, type Holder, requireSupport } from "./holder";

/** BigQuery roles on a dataset. */
const dataRoles = { viewer: "roles/bigquery.dataViewer", editor: "roles/bigquery.dataEditor" } as const;
const queryRole = "roles/bigquery.jobUser";
export type DataRights = keyof typeof dataRoles;

export interface DatasetsProps {
  readonly projectId: string;
  /** BigQuery location, such as `EU` or `europe-west4`. */
  readonly location: string;
  /** Letters, digits and _, at most 1,024. */
  readonly datasetIds: readonly string[];
}

/** The BigQuery datasets of an environment, and who may read or write them. */
export class Datasets extends Construct {
  readonly #projectId: string;
  readonly #datasets: readonly BigqueryDataset[];

  /** @throws PropertyError for no dataset, or an id or location that BigQuery does not have */
  constructor(scope: Construct, id: string, props: DatasetsProps) {
    super(scope, id);
    this.#projectId = requireProjectId(this, props.projectId);
    const locationRule = "expected a BigQuery location, such as EU or europe-west4";
    requireForm(this, "location", props.location, /^(?:[A-Z]{2}|[a-z]+-[a-z]+[0-9]{1,2})$/, locationRule);
    const idRule = "expected at most 1024 letters, digits and _";
    this.#datasets = requireSome(this, "datasetIds", props.datasetIds).map((datasetId) => {
      requireForm(this, "datasetIds", datasetId, /^[A-Za-z0-9_]{1,1024}$/, idRule);
      // The construct tree keeps children in a plain object, which has these already.
      const isFree = !(datasetId in {}) && this.node.tryFindChild(datasetId) === undefined;
      requireProperty(this, "datasetIds", datasetId, isFree, "expected each id once, and no name of JavaScript's own");
      return new BigqueryDataset(this, datasetId, { project: props.projectId, datasetId, location: props.location });
    });
  }

  /**
   * Gives the holder rights on every dataset, and the right to run queries in the project, which pays for them.
   *
   * @throws PropertyError for a holder that BigQuery does not take, and for rights that are none of the two
   */
  grant(holder: Holder, rights: DataRights): void {
    const known = Object.keys(dataRoles);
    requireProperty(holder, "rights", rights, known.includes(rights), `expected one of ${known.join(", ")}`);
    requireSupport(holder, "bigquery.googleapis.com");
    if (holder.cutOff) return;
    for (const dataset of this.#datasets) {
      new BigqueryDatasetIamMember(holder, `${rights}-of-${dataset.node.id}`, {
        project: this.#projectId,
        datasetId: dataset.datasetId,
        role: dataRoles[rights],
        member: holder.member,
        ...conditionOf(holder),
      });
    }
    // A holder of rights in several places runs its queries by one binding a project.
    const others = holder.node.children.filter((child) => child instanceof ProjectIamMember);
    if (others.some((child) => child.projectInput === this.#projectId && child.roleInput === queryRole)) return;
    const isFirst = holder.node.tryFindChild("runs-queries") === undefined;
    new ProjectIamMember(holder, isFirst ? "runs-queries" : `runs-queries-in-${this.#projectId}`, {
      project: this.#projectId,
      role: queryRole,
      member: holder.member,
      ...conditionOf(holder),
    });
  }
}
