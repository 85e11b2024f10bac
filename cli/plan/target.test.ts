import { requireLastingState } from "./target";

const keeping = (backend: object) => JSON.stringify({ terraform: { backend, required_version: ">= 1.4" } });
const local = keeping({ local: { path: "dev.tfstate" } });

describe("a state on the local disk", () => {
  it("is refused in CI, whose disk is lost after the job, with the file to change", () => {
    expect(() => requireLastingState("prod", local, "google", true)).toThrow(
      'environments/prod.ts keeps Terraform\'s state on the local disk, which a CI job loses. Set state: { bucket: "NAME" }.',
    );
  });

  it.each([
    ["outside of CI", local, "google", false],
    ["for the twin, which lies on the same disk", local, "twin", true],
    ["where it is in a bucket", keeping({ gcs: { bucket: "states" } }), "google", true],
  ] as const)("is no matter %s", (_, configuration, target, inCi) => {
    expect(() => requireLastingState("prod", configuration, target, inCi)).not.toThrow();
  });
});
