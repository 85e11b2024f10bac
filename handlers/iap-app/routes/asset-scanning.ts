import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { basePath } from "../config";
import { formTokenField, isOwnForm, issueFormToken } from "../csrf";
import { assetsPage } from "../pages/assets";
import { type FormState, freshForm } from "../pages/form-fields";
import type { Person } from "../person";
import { replyPage } from "../reply-page";
import type { AssetRepository } from "../rows/asset-repository";
import { exampleInventory, type InventoryProblem } from "../uploads/inventory-file";
import { readUpload, type Upload } from "../uploads/upload";
import { createMemberCheck } from "./group-members";
import { refuseForeignForm } from "./own-forms";
import type { RouteSurroundings } from "./surroundings";

/** The assets of a person's groups: list, upload an inventory. */
export function assetScanningRoutes(
  app: FastifyInstance,
  surroundings: RouteSurroundings,
  assets: AssetRepository,
): void {
  const { config } = surroundings;
  const base = basePath(config);
  const requireMember = createMemberCheck(surroundings);

  const showList = async (
    request: FastifyRequest,
    reply: FastifyReply,
    person: Person,
    form: FormState,
    problems: readonly InventoryProblem[] = [],
  ) => {
    const token = issueFormToken(request, reply, person.principal);
    const groups = config.groups.filter(({ id }) => person.groups.includes(id));
    const view = { groups, ...(await assets.list(person)), form: { ...form, token }, problems };
    return replyPage(reply, assetsPage({ config, identity: person }, view), form === freshForm ? 200 : 422);
  };

  app.get(config.path, async (request, reply) => {
    const person = await requireMember(request, reply);
    return person === undefined ? reply : showList(request, reply, person, freshForm);
  });

  app.get(`${base}/example.csv`, async (_request, reply) =>
    reply
      .type("text/csv; charset=utf-8")
      .header("content-disposition", 'attachment; filename="inventory.csv"')
      .send(exampleInventory),
  );

  app.register(async (uploads) => {
    // The body stays a stream: it is read with bounds of its own, after the person is known.
    uploads.addContentTypeParser("multipart/form-data", (_request, payload: IncomingMessage, done) =>
      done(null, payload),
    );
    uploads.post(`${base}/inventories`, async (request, reply) => {
      // What follows a refusal on the connection may be the rest of its body.
      reply.header("connection", "close");
      const person = await requireMember(request, reply);
      if (person === undefined) {
        await drain(request);
        return reply;
      }
      const isOwn = (token: string) => isOwnForm(request, person.principal, token);
      const upload = await readUpload(request.raw, request.headers["content-type"], formTokenField, isOwn);
      await drain(request);
      return answer(request, reply, person, upload);
    });
  });

  async function answer(request: FastifyRequest, reply: FastifyReply, person: Person, upload: Upload) {
    const refuse = (field: "group" | "file", message: string, group = "", problems: readonly InventoryProblem[] = []) =>
      showList(request, reply, person, { errors: { [field]: [message] }, values: { group } }, problems);
    switch (upload.kind) {
      case "foreign-form":
        return refuseForeignForm(config, request, reply);
      case "malformed":
        return refuse("file", "The form did not arrive as it was sent. Try again.");
      case "too-large":
        return refuse("file", "The file is larger than this app takes.");
      case "no-file":
        return refuse("file", "Choose a file.", upload.group);
      case "read": {
        const { group, fileName, file } = upload;
        if (!person.groups.includes(group)) return refuse("group", "You are not a member of that group.", group);
        if (!file.ok) return refuse("file", `${fileName} was not stored:`, group, file.problems);
        await assets.store(person, { group, fileName, lines: file.lines });
        return reply.redirect(config.path, 303);
      }
    }
  }
}

/** Bytes of a refused body that are still read, so that the browser comes to see the answer. */
const drained = 8 * 1024 * 1024;

/** Reads on where a refusal left off. */
async function drain(request: FastifyRequest): Promise<void> {
  let left = drained;
  try {
    for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) {
      left -= Buffer.from(chunk).length;
      if (left < 0) return;
    }
  } catch {
    // The client has gone; there is nobody left to answer.
  }
}
