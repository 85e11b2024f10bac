import type { FastifyInstance } from "fastify";
import { assets, campaigns } from "../catalogue";
import type { IapAppConfig } from "../config";
import { safeNextPath } from "../next-path";
import { cataloguePage } from "../pages/catalogue";
import type { Html } from "../pages/html";
import { landingPage } from "../pages/landing";
import type { PageContext } from "../pages/layout";
import { loginPage } from "../pages/login";
import { logoutPage } from "../pages/logout";
import { replyPage } from "../reply-page";
import { openEmbeddedRows } from "../rows/embedded";
import { createTicketRepository } from "../rows/ticket-repository";
import { identityOf } from "../verified-identity";
import { serviceDeskRoutes } from "./service-desk";

type RegisterRoutes = (app: FastifyInstance, config: IapAppConfig) => Promise<void>;

const singlePage =
  (page: (context: PageContext) => Html): RegisterRoutes =>
  async (app, config) => {
    app.get(config.path, async (request, reply) => replyPage(reply, page({ config, identity: identityOf(request) })));
  };

/** Signing in took place at IAP; this page shows the result or goes on to where the person came from. */
const login: RegisterRoutes = async (app, config) => {
  app.get(config.path, async (request, reply) => {
    const given = new URL(request.url, "https://this-site.invalid").searchParams.getAll("next");
    const [next] = given.length === 1 ? given.map(safeNextPath) : [];
    if (next !== undefined) return reply.redirect(next, 303);
    return replyPage(reply, loginPage({ config, identity: identityOf(request) }, given.length > 0));
  });
};

/** Only this app opens a database, before it takes the first request. */
const serviceDesk: RegisterRoutes = async (app, config) => {
  const tickets = createTicketRepository(await openEmbeddedRows());
  app.addHook("onClose", () => tickets.disconnect());
  serviceDeskRoutes(app, config, tickets);
};

/** What each app serves below its path, beside its identity. */
export const appRoutes: Readonly<Record<IapAppConfig["app"], RegisterRoutes>> = {
  landing: singlePage(landingPage),
  login,
  logout: singlePage(logoutPage),
  "service-desk": serviceDesk,
  "marketing-immersion": singlePage((context) => cataloguePage(context, campaigns)),
  "asset-scanning": singlePage((context) => cataloguePage(context, assets)),
};
