import { resolve } from "node:path";
import {
  type HandlerImage,
  type HandlerName,
  handlerImage,
  handlerNames,
  ImageDelivery,
  ImageError,
  lockAssembledBase,
  lockPublicBase,
  parseImageReference,
  projectRoot,
  RegistryClient,
  RegistryError,
  realPace,
  registryOrigin,
} from "../images";
import { adcCredentials } from "./deploy-steps/credentials";
import { registryCredentials } from "./registry-credentials";
import { UserError } from "./user-error";

export interface BuildImagesOptions {
  /** Of all handlers unless given. */
  readonly handler?: HandlerName | undefined;
  /** Folder for one folder each, in the form of the OCI image layout. */
  readonly output: string;
  readonly json: boolean;
}

export interface PushImagesOptions {
  readonly handler?: HandlerName | undefined;
  /** Registry and folder, such as `europe-west4-docker.pkg.dev/PROJECT/keyless`; the handler's name is added. */
  readonly to: string;
  readonly json: boolean;
}

export interface LockBaseOptions {
  /** Image with its registry; without it the base is assembled from packages. */
  readonly reference?: string | undefined;
  /** Version or range of Node.js in an assembled base, such as `24`; path of Node.js in an image of a registry. */
  readonly node?: string | undefined;
}

/** Builds the images and writes them to folders that skopeo and podman read. @throws {UserError} */
export async function buildImages({ handler, output, json }: BuildImagesOptions): Promise<void> {
  await saying(async () => {
    const delivery = newDelivery();
    const written: { handler: HandlerName; digest: string; directory: string }[] = [];
    for (const image of imagesOf(handler)) {
      const directory = resolve(output, image.handler);
      await delivery.write(image, directory);
      written.push({ handler: image.handler, digest: image.digest, directory });
    }
    if (json) print(written);
    else for (const { digest, directory } of written) process.stdout.write(`${digest}  ${directory}\n`);
  });
}

/** Pushes the images; prints the references that an environment file or Terraform takes. @throws {UserError} */
export async function pushImages({ handler, to, json }: PushImagesOptions): Promise<void> {
  await saying(async () => {
    const delivery = newDelivery();
    const pushed: { handler: HandlerName; image: string }[] = [];
    for (const image of imagesOf(handler)) {
      const target = parseImageReference(`${to}/${image.handler}`);
      if (target === undefined) {
        throw new UserError(
          `"${to}" is no place for images: expected a registry and a folder, such as europe-west4-docker.pkg.dev/PROJECT/keyless`,
        );
      }
      await delivery.push(image, target);
      pushed.push({ handler: image.handler, image: `${to}/${image.handler}@${image.digest}` });
    }
    if (json) print(pushed);
    else for (const { image } of pushed) process.stdout.write(`${image}\n`);
  });
}

/** Writes images/base.lock.json: the base of all images, pinned by digest. @throws {UserError} */
export async function lockBase({ reference, node }: LockBaseOptions): Promise<void> {
  await saying(async () => {
    const lock =
      reference === undefined
        ? await lockAssembledBase(node ?? "24", Date.now())
        : await lockPublicBase(...publicBase(reference), { node });
    process.stdout.write(`${lock.reference}@${lock.manifest}\n`);
  });
}

function publicBase(text: string) {
  const reference = parseImageReference(text);
  if (reference === undefined) {
    throw new UserError(`"${text}" is no image with its registry: expected one such as docker.io/library/node:24-slim`);
  }
  const { registry } = reference;
  const credentials = () => credentialsFor(registry);
  const client = new RegistryClient({ origin: registryOrigin(registry), fetch, pace: realPace(report), credentials });
  return [client, reference] as const;
}

function imagesOf(handler: HandlerName | undefined): readonly HandlerImage[] {
  return (handler === undefined ? handlerNames : [handler]).map((name) => handlerImage(name));
}

const newDelivery = (): ImageDelivery =>
  new ImageDelivery({ fetch, pace: realPace(report), credentials: credentialsFor, root: projectRoot() });

const credentialsFor = (registry: string) =>
  registryCredentials(registry, () => adcCredentials(process.env).accessToken(), process.env);

/** Progress is no result: it must not end up in a pipe. */
const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

async function saying(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ImageError || error instanceof RegistryError) throw new UserError(error.message);
    throw error;
  }
}
