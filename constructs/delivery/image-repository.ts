import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository";
import { Construct } from "constructs";
import { containerRegistryHost } from "../../facts/artifact-registry";

export interface ImageRepositoryProps {
  readonly projectId: string;
  readonly region: string;
  /** Whether Terraform refuses to destroy it, with all images in it. */
  readonly preventDestroy: boolean;
}

const repositoryId = "keyless";

/** Where the handlers' images of an environment lie. Cloud Run's service agent of the same project may read them. */
export class ImageRepository extends Construct {
  readonly resource: ArtifactRegistryRepository;
  /** What image references begin with, as a plain string: `REGION-docker.pkg.dev/PROJECT/keyless`. */
  readonly path: string;

  constructor(scope: Construct, id: string, { projectId, region, preventDestroy }: ImageRepositoryProps) {
    super(scope, id);
    this.path = `${containerRegistryHost(region)}/${projectId}/${repositoryId}`;
    this.resource = new ArtifactRegistryRepository(this, "repository", {
      project: projectId,
      location: region,
      repositoryId,
      format: "DOCKER",
      description: "Images of Keyless, pushed while Terraform applies; referred to by digest",
      ...(preventDestroy && { lifecycle: { preventDestroy } }),
    });
  }
}
