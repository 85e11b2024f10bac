import type { FastifyInstance } from "fastify";
import { basePath, type IapAppConfig } from "../config";
import { safeNextPath } from "../next-path";
import { accessDeniedPage } from "../pages/access-denied";
import type { Html } from "../pages/html";
import { landingPage } from "../pages/landing";
import type { PageContext } from "../pages/layout";
import { loginPage } from "../pages/login";
import { logoutPage } from "../pages/logout";
import { replyPage } from "../reply-page";
import { createAssetRepository } from "../rows/asset-repository";
import { createCampaignRepository } from "../rows/campaign-repository";
import { appSchemas } from "../rows/migrations";
import { createTicketRepository } from "../rows/ticket-repository";
import { identityOf } from "../verification";
import { assetScanningRoutes } from "./asset-scanning";
import { marketingRoutes } from "./marketing-immersion";
import { serviceDeskRoutes } from "./service-desk";
import type { RouteSurroundings } from "./surroundings";

/** Apps with rows open their database before they take the first request; the others have none. */
type RegisterRoutes = (app: FastifyInstance, surroundings: RouteSurroundings) => Promise<void>;

const singlePage =
  (page: (context: PageContext) => Html): RegisterRoutes =>
  async (app, { config }) => {
    app.get(config.path, async (request, reply) => replyPage(reply, page({ config, identity: identityOf(request) })));
  };

/** The landing page, and where IAP sends those whom another app does not let in. */
const landing: RegisterRoutes = async (app, surroundings) => {
  const { config } = surroundings;
  await singlePage(landingPage)(app, surroundings);
  app.get(`${basePath(config)}/access-denied`, async (request, reply) => {
    const [path, ...more] = new URL(request.url, "https://this-site.invalid").searchParams.getAll("app");
    const page = accessDeniedPage({ config, identity: identityOf(request) }, more.length === 0 ? path : undefined);
    return replyPage(reply, page, 403);
  });
};

/** Signing in took place at IAP; this page shows the result or goes on to where the person came from. */
const login: RegisterRoutes = async (app, { config }) => {
  app.get(config.path, async (request, reply) => {
    const given = new URL(request.url, "https://this-site.invalid").searchParams.getAll("next");
    const [next] = given.length === 1 ? given.map(safeNextPath) : [];
    if (next !== undefined) return reply.redirect(next, 303);
    return replyPage(reply, loginPage({ config, identity: identityOf(request) }, given.length > 0));
  });
};

const serviceDesk: RegisterRoutes = async (app, surroundings) => {
  const tickets = createTicketRepository(await surroundings.openRows(appSchemas["service-desk"]));
  app.addHook("onClose", () => tickets.disconnect());
  serviceDeskRoutes(app, surroundings, tickets);
};

const marketing: RegisterRoutes = async (app, surroundings) => {
  const campaigns = createCampaignRepository(await surroundings.openRows(appSchemas["marketing-immersion"]));
  app.addHook("onClose", () => campaigns.disconnect());
  marketingRoutes(app, surroundings, campaigns);
};

const assetScanning: RegisterRoutes = async (app, surroundings) => {
  const assets = createAssetRepository(await surroundings.openRows(appSchemas["asset-scanning"]));
  app.addHook("onClose", () => assets.disconnect());
  assetScanningRoutes(app, surroundings, assets);
};

/** What each app serves below its path, beside its identity. */
export const appRoutes: Readonly<Record<IapAppConfig["app"], RegisterRoutes>> = {
  landing,
  login,
  logout: singlePage(logoutPage),
  "service-desk": serviceDesk,
  "marketing-immersion": marketing,
  "asset-scanning": assetScanning,
};
