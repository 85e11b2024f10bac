import { TerraformStack, Testing } from "cdktf";
import { HandlerImage } from "./handler-image";
import { ImageRepository } from "./image-repository";

const digest = `sha256:${"a".repeat(64)}`;

function synthesized(preventDestroy = false) {
  const stack = new TerraformStack(Testing.app(), "test");
  const repository = new ImageRepository(stack, "images", {
    projectId: "ailab-data-dev",
    region: "europe-west4",
    preventDestroy,
  });
  const first = new HandlerImage(stack, "first", { handler: "token-broker", digest, repository });
  const second = new HandlerImage(stack, "second", { handler: "iap-app", digest, repository, after: first });
  const json = JSON.parse(Testing.synth(stack));
  return { first, second, repository, resources: json.resource };
}

describe("a handler's image", () => {
  const { first, second, resources } = synthesized();
  const [repository] = Object.values<Record<string, unknown>>(resources.google_artifact_registry_repository);
  const steps = Object.values<Record<string, unknown>>(resources.terraform_data);

  it("is referred to by digest, in the environment's own repository", () => {
    expect(first.reference).toBe(`europe-west4-docker.pkg.dev/ailab-data-dev/keyless/token-broker@${digest}`);
    expect(repository).toMatchObject({
      project: "ailab-data-dev",
      location: "europe-west4",
      repository_id: "keyless",
      format: "DOCKER",
    });
  });

  it("is pushed again whenever the digest changes, after the repository is there", () => {
    expect(steps[0]).toMatchObject({
      triggers_replace: { handler: "token-broker", image: first.reference },
      depends_on: [expect.stringMatching(/^google_artifact_registry_repository\./)],
    });
  });

  it("is pushed after the one whose base it shares, so that the base is sent once", () => {
    const [firstAddress] = Object.keys(resources.terraform_data);
    expect(steps[1]).toMatchObject({
      triggers_replace: { handler: "iap-app", image: second.reference },
      depends_on: expect.arrayContaining([`terraform_data.${firstAddress}`]),
    });
  });

  it("lies in a repository that production does not lose", () => {
    const [kept] = Object.values<Record<string, unknown>>(
      synthesized(true).resources.google_artifact_registry_repository,
    );
    expect(kept?.["lifecycle"]).toEqual({ prevent_destroy: true });
    expect(repository?.["lifecycle"]).toBeUndefined();
  });

  it.each(["latest", "sha256:abc", `${digest}0`, digest.toUpperCase()])("is refused with the digest %s", (wrong) => {
    const stack = new TerraformStack(Testing.app(), "test");
    const props = { projectId: "p-project", region: "europe-west4", preventDestroy: false };
    const repository = new ImageRepository(stack, "images", props);
    expect(() => new HandlerImage(stack, "image", { handler: "iap-app", digest: wrong, repository })).toThrow(
      /expected sha256:<64 hexadecimal digits>/,
    );
  });
});
