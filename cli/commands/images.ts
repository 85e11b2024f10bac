import type { Command } from "commander";
import { examples, oneOf } from "./arguments";

const handlerNames = ["token-broker", "iap-app"] as const;

/** `keyless images build | push | lock-base`. */
export function addImageCommands(program: Command): void {
  const images = program
    .command("images")
    .description("the handlers as container images, without a container engine; a deployment pushes them by itself");

  images
    .command("build")
    .description("build the images into folders of the OCI image layout")
    .argument("[handler]", handlerNames.join(" or "), oneOf(handlerNames))
    .option("--output <folder>", "folder for a folder each", ".keyless/images/layouts")
    .option("--json", "print handler, digest and folder as JSON", false)
    .addHelpText("after", examples(["keyless images build --output out", "then: skopeo inspect oci:out/iap-app"]))
    .action(async (handler, options) => {
      const { buildImages } = await import("../images");
      await buildImages({ handler, ...options });
    });

  images
    .command("push")
    .description("push the images to a registry, only what it lacks, and print the references by digest")
    .argument("[handler]", handlerNames.join(" or "), oneOf(handlerNames))
    .requiredOption("--to <place>", "registry and folder, such as europe-west4-docker.pkg.dev/PROJECT/keyless")
    .option("--json", "print handler and reference as JSON", false)
    .addHelpText(
      "after",
      examples([
        "keyless images push --to europe-west4-docker.pkg.dev/ailab-data-dev/keyless",
        "with your own sign-in",
      ]),
    )
    .action(async (handler, options) => {
      const { pushImages } = await import("../images");
      await pushImages({ handler, ...options });
    });

  images
    .command("lock-base")
    .description("write images/base.lock.json: the base of all images, pinned by digest")
    .argument("[reference]", "an image with its registry; without it the base is assembled from packages")
    .option("--node <node>", "version of Node.js in an assembled base; path of Node.js in an image of a registry")
    .addHelpText("after", examples(["keyless images lock-base gcr.io/distroless/nodejs24-debian12", "a public base"]))
    .action(async (reference, options) => {
      const { lockBase } = await import("../images");
      await lockBase({ reference, ...options });
    });
}
